import { testHistories } from "./histories.ts";
import { http } from "./upstream.ts";

testHistories(http, 16);
