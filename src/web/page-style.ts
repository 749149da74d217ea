/** The only style sheet. Its digest stands in the Content-Security-Policy, so it goes out byte for byte. */
export const pageStyle = `
:root { color-scheme: light dark; --line: light-dark(#d5d9e0, #3a404a); --soft: light-dark(#f4f6f9, #20242b);
  --muted: light-dark(#565e6b, #a0a8b5); --ok: light-dark(#11663a, #6fd39b); --bad: light-dark(#a61b29, #ff8f94); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem 1rem 3rem; font: 1rem/1.5 system-ui, sans-serif;
  background: light-dark(#fff, #15181d); color: light-dark(#1a1e25, #e6e9ee); }
h1 { font-size: 1.6rem; margin: 0 0 .5rem; } h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; }
h1, h2, h3, td, th, code, li { overflow-wrap: anywhere; }
a { color: light-dark(#0b57b0, #8ab8ff); } p { margin: .5rem 0; }
pre { margin: .5rem 0; padding: .75rem 1rem; overflow-x: auto; background: var(--soft);
  border: 1px solid var(--line); border-radius: .4rem; }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
table { width: 100%; border-collapse: collapse; } caption { text-align: left; color: var(--muted); }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; } td.count { text-align: right; font-variant-numeric: tabular-nums; }
.muted, footer { color: var(--muted); } .ok { color: var(--ok); } .failing { color: var(--bad); }
.state { font-weight: 600; } ul { padding-left: 1.2rem; } footer { margin-top: 3rem; font-size: .9rem; }
`;
