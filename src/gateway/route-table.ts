/** The routes of one configuration, ready to take exchanges. */
import type { RouteConfig } from "../config/types.js";
import type { Chain } from "../host/chain/chain.js";
import { Router } from "./router.js";

/** One route and its chain. */
export interface ActiveRoute {
  readonly config: RouteConfig;
  readonly chain: Chain;
}

/**
 * A table never changes. To change routes a gateway takes a new table for new exchanges and retires the old one, which is
 * closed when the last exchange on it has ended.
 */
export class RouteTable {
  readonly router: Router<ActiveRoute>;
  readonly #routes: readonly ActiveRoute[];
  readonly #release: () => Promise<void>;

  /** `release` closes what the chains use: their policies and upstreams. */
  constructor(routes: readonly ActiveRoute[], release: () => Promise<void>) {
    this.router = new Router(routes.map((route) => ({ match: route.config.match, route })));
    this.#routes = routes;
    this.#release = release;
  }

  /** Takes no more exchanges; resolves when the last one has ended and everything is released. */
  async retire(): Promise<void> {
    await Promise.all(this.#routes.map(({ chain }) => chain.close()));
    await this.#release();
  }
}
