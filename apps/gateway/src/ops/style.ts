// Owns how the pages for people on duty look: calm, readable on a small screen, in light and dark.

/** The style sheet of `/ops`, served from there: the pages hold no style and no script of their own. */
export const opsStyle = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f7f7f5, #16181b);
  --card: light-dark(#ffffff, #1e2125);
  --line: light-dark(#e3e3de, #2e3238);
  --text: light-dark(#1d2126, #e8e9ea);
  --quiet: light-dark(#5d646d, #9aa2ab);
  --calm: light-dark(#1f7a4d, #5fce97);
  --busy: light-dark(#8a5a00, #e5b567);
  --wrong: light-dark(#b3261e, #f2867e);
  --link: light-dark(#2456a6, #8ab4f8);
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 60rem; padding: 1.5rem 1rem 3rem; background: var(--ground); color: var(--text);
  font: 16px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums;
}
a { color: var(--link); }
header { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1.5rem; margin-bottom: 1.5rem; }
header strong { font-size: 1.1rem; letter-spacing: -.01em; }
header nav { display: flex; gap: 1.25rem; flex: 1; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 1.25rem; letter-spacing: -.02em; text-wrap: balance; }
h2 { font-size: 1rem; margin: 2.25rem 0 .6rem; }
.calm { color: var(--calm); } .busy { color: var(--busy); } .wrong { color: var(--wrong); } .quiet { color: var(--quiet); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .75rem; margin: 0; }
.tiles div { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .9rem 1rem; }
.tiles dt { color: var(--quiet); font-size: .9rem; }
.tiles dd { margin: 0; font-size: 1.75rem; font-weight: 600; line-height: 1.3; }
.tiles dd + dd { font-size: .9rem; font-weight: 400; color: var(--quiet); }
.table { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; }
table { width: 100%; border-collapse: collapse; }
th, td { text-align: left; padding: .55rem 1rem; border-top: 1px solid var(--line); vertical-align: top; }
tr:first-child > * { border-top: 0; }
th { font-weight: 500; font-size: .9rem; color: var(--quiet); white-space: nowrap; }
td.number, th.number { text-align: right; }
code { font: .9em ui-monospace, monospace; }
.none { color: var(--quiet); margin: 0; }
form.sign-in { display: grid; gap: .75rem; max-width: 24rem; }
input, button { font: inherit; border-radius: .5rem; padding: .6rem .8rem; border: 1px solid var(--line); }
input { background: var(--card); color: var(--text); width: 100%; }
button { background: var(--text); color: var(--ground); cursor: pointer; border-color: transparent; }
button.plain { background: none; color: var(--link); padding: 0; border: 0; text-decoration: underline; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
footer { margin-top: 2.5rem; color: var(--quiet); font-size: .9rem; }
`
