import { testHistories } from "./histories.ts";
import { registry } from "./upstream.ts";

testHistories(registry, 6);
