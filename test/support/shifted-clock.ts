import Chartkeep, { Keeper as OrdinaryKeeper } from "../../src/worker.ts";

/** How far the Worker's clock is ahead of the machine's, in milliseconds. */
const clock = { ahead: 0 };
const machine = Date.now.bind(Date);
Date.now = () => machine() + clock.ahead;

/** The Keeper whose alarms ring by that clock, as far as they are set behind its last shift: others are poked. */
export class Keeper extends OrdinaryKeeper {
  constructor(state: DurableObjectState, bindings: Env) {
    const { storage } = state;
    const [set, get] = [storage.setAlarm.bind(storage), storage.getAlarm.bind(storage)];
    Object.defineProperties(storage, {
      setAlarm: { value: async (at: number) => await set(at - clock.ahead) },
      getAlarm: {
        value: async () => {
          const at = await get();
          return at === null ? null : at + clock.ahead;
        },
      },
    });
    super(state, bindings);
  }
}

/** The whole Worker; `GET /-/ahead/<milliseconds>` moves its clock on by so much. */
export default class extends Chartkeep {
  override async fetch(request: Request): Promise<Response> {
    const moved = /\/-\/ahead\/(\d+)$/.exec(request.url)?.[1];
    if (moved === undefined) return await super.fetch(request);
    clock.ahead += Number(moved);
    return new Response(`${Date.now()}\n`);
  }
}
