import { testFollowing } from "./histories.ts";
import { followed, http, registry } from "./upstream.ts";

testFollowing(followed(http), 10);
testFollowing(followed(registry), 4);
