/** The only style sheet. Its digest stands in the Content-Security-Policy, so it goes out byte for byte. */
export const pageStyle = `
:root { color-scheme: light dark; --line: light-dark(#dde1e7, #30363f); --soft: light-dark(#f5f7f9, #1c2026);
  --muted: light-dark(#59626f, #9ba4b0); --link: light-dark(#0b57b0, #8ab8ff);
  --ok: light-dark(#11663a, #6fd39b); --bad: light-dark(#a61b29, #ff9095); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 56rem; padding: 0 1.25rem 2rem; font: 1rem/1.55 system-ui, sans-serif;
  background: light-dark(#fff, #13161a); color: light-dark(#1b2027, #e4e8ed); overflow-wrap: anywhere; }
header, .heading { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: baseline;
  gap: .25rem 1rem; }
header { padding: 1rem 0; margin-bottom: 2rem; border-bottom: 1px solid var(--line); font-weight: 600; }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--line); font-size: .875rem; }
h1 { font-size: 1.75rem; line-height: 1.25; margin: 0 0 .75rem; }
h2 { font-size: 1.125rem; margin: 2.25rem 0 .5rem; }
p { margin: .5rem 0; } .lead { max-width: 42rem; margin-bottom: 2rem; }
a { color: var(--link); text-underline-offset: .2em; } header a, h2 a { text-decoration: none; }
a:hover { text-decoration: underline; }
code { font: .875em ui-monospace, monospace; }
pre { margin: .75rem 0; padding: .75rem 1rem; white-space: pre-wrap; background: var(--soft);
  border: 1px solid var(--line); border-radius: .375rem; }
pre code { user-select: all; }
.card { margin: 1rem 0; padding: 1rem 1.25rem; border: 1px solid var(--line); border-radius: .5rem; }
.card h2 { margin: 0; }
ul { margin: 0; padding: 0; list-style: none; } li + li { margin-top: 1rem; } li p { margin: .125rem 0; }
dl { display: flex; flex-wrap: wrap; gap: .75rem 2.5rem; margin: 1.5rem 0; }
dd { margin: 0; font-size: 1.125rem; }
dt, small, thead th, .muted, footer { color: var(--muted); }
dt, small, thead th { font-size: .875rem; font-weight: 400; }
.state { display: inline-block; margin-right: .25rem; padding: 0 .6em; border-radius: 1em; font-size: .875rem;
  font-weight: 600; color: var(--muted); background: color-mix(in srgb, currentColor 12%, transparent); }
.state.ok { color: var(--ok); } .state.failing, .failing { color: var(--bad); }
summary { margin-top: 2.25rem; cursor: pointer; } summary h2 { display: inline; }
table { width: 100%; table-layout: fixed; border-collapse: collapse; }
th, td { padding: .5rem 1rem .5rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th:nth-child(2) { width: 30%; } th:nth-child(3) { width: 4.5rem; }
:is(th, td):nth-child(3) { padding-right: 0; text-align: right; }
time { white-space: nowrap; }
td { font-variant-numeric: tabular-nums; } th small { display: block; }
`;
