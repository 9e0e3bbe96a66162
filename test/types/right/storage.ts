/** Values that workers share. */
import { definePolicy } from "sluice";
import { type KeysPage, type Storage, type StorageEntry, storage } from "sluice/storage";
import { exactType } from "./exact-type.js";

interface Session {
  user: string;
  seen: number;
}

export const policy = definePolicy({
  configure(context) {
    exactType<Storage<Uint8Array>>()(storage(context, "blobs", { encoding: "bytes", entries: 10, bytes: 100_000 }));
    return {
      sessions: storage<Session>(context, "sessions", { shape: 2, valueBytes: 1_000, shared: "all" }),
      visits: storage<number>(context, "visits"),
    };
  },

  async onRequest(request, { resources: { sessions, visits } }) {
    exactType<Session | undefined>()(await sessions.get("a"));
    exactType<StorageEntry<Session> | undefined>()(await sessions.entry("a"));
    exactType<number | undefined>()(await sessions.set("a", { user: "ada", seen: 1 }, { ttl: 5, ifAbsent: true }));
    exactType<boolean>()(await sessions.delete("a", { ifVersion: 3 }));
    exactType<Session | undefined>()(await sessions.update("a", (session) => session && { ...session, seen: 2 }));
    exactType<number>()(await visits.increment(request.path, 2, { ttl: 60_000 }));
    exactType<KeysPage>()(await visits.keys({ prefix: "/a", limit: 5, cursor: undefined }));
  },
});
