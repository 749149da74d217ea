import { testInterruptions } from "./histories.ts";
import { http } from "./upstream.ts";

testInterruptions(http, 12);
