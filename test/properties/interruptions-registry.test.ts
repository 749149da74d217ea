import { testInterruptions } from "./histories.ts";
import { registry } from "./upstream.ts";

testInterruptions(registry, 5);
