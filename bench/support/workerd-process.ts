import { readdirSync, readFileSync } from "node:fs";

/** The workerd that this process has started, as Linux accounts for it. */
export class WorkerdProcess {
  readonly #pid: number;

  private constructor(pid: number) {
    this.#pid = pid;
  }

  /** @throws {Error} where there is none, or no /proc */
  static find(): WorkerdProcess {
    const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    const mine = pids.filter((pid) => isWorkerdOf(pid, process.pid)).map(Number);
    const pid = mine.at(-1);
    if (pid === undefined) throw new Error("no workerd was started by this process");
    return new WorkerdProcess(pid);
  }

  /** User and system time of all its threads so far, in seconds; the kernel counts hundredths. */
  cpuSeconds(): number {
    const fields = statFields(this.#pid);
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  /** Resident memory now, in bytes. */
  residentBytes(): number {
    return this.#statusBytes("VmRSS");
  }

  /** The most that it ever had since `forgetPeak`. */
  peakBytes(): number {
    return this.#statusBytes("VmHWM");
  }

  #statusBytes(name: string): number {
    const line = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(
      readFileSync(`/proc/${this.#pid}/status`, "utf8"),
    );
    return Number(line?.[1] ?? 0) * 1024;
  }
}

/** Behind the command, which stands in parentheses: state, parent, …; utime and stime are fields 11 and 12 there. */
function statFields(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function isWorkerdOf(pid: string, parent: number): boolean {
  try {
    const isChild = Number(statFields(Number(pid))[1]) === parent;
    return isChild && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("workerd");
  } catch {
    return false; // ended meanwhile
  }
}
