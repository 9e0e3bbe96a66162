/* The calls of the host that QuickJS's translation unit makes by itself. Names and values are bytes. */
#ifndef SLUICE_HOST_H
#define SLUICE_HOST_H

#include <stddef.h>
#include <stdint.h>

#define HOST(name) __attribute__((import_module("env"), import_name(#name))) extern int name

#define HOST_OK 0

HOST(proxy_get_header_map_pairs)(int map, uint8_t **bytes, size_t *length);
HOST(proxy_get_header_map_value)(int map, const uint8_t *name, size_t name_length, uint8_t **value, size_t *value_length);
HOST(proxy_replace_header_map_value)(int map, const uint8_t *name, size_t name_length, const uint8_t *value, size_t value_length);
HOST(proxy_add_header_map_value)(int map, const uint8_t *name, size_t name_length, const uint8_t *value, size_t value_length);
HOST(proxy_remove_header_map_value)(int map, const uint8_t *name, size_t name_length);

#endif
