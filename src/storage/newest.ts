/**
 * `repositories/<name>/revisions/<revision>/newest.txt`: the newest versions of every chart, from which
 * `@latest-N` is made. Each line begins with one character that says what follows:
 *
 *     0"alpha"        a chart, as a JSON string; what follows is in the order of the index
 *     1{…}            a line of the index: its version is the newest stable one, or the newest pre-release that
 *                     is newer than every stable one
 *     2{…}            the second newest of its kind, … up to `a`, the tenth
 *
 * `@latest-N` holds the lines whose rank is at most N. Every chart has a line of rank 1.
 */
export const mostNewest = 10;

/** 1 … 10 → `1` … `a`. */
export const rankMark = (rank: number): string => rank.toString(16);
