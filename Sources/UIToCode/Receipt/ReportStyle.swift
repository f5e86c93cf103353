// The look of the reports: a workshop's bench, as the service's own page has it. Plaster walls, a green cutting mat with
// its grid under whatever is looked at, chalk where something is marked, and the receipt on paper, torn off the roll.

/// The style sheet of every report.
enum ReportStyle {
    /// CSS.
    static let text = #"""
        :root {
          color-scheme: light dark;
          --wall: light-dark(#f2f4ef, #141918); --sheet: light-dark(#fcfdfb, #1b2221); --ink: light-dark(#19231f, #e5ebe5);
          --quiet: light-dark(#55625c, #9daba4); --line: light-dark(#d5dcd3, #313c39); --edge: light-dark(#87938c, #67756f);
          --mat: light-dark(#d9e4da, #14241f); --grid: light-dark(#c9d7cb, #1c312a);
          --accent: light-dark(#0d5c4d, #6fd3b5); --on-accent: light-dark(#fff, #06231c); --wash: light-dark(#e3efe8, #1f302b);
          --chalk: light-dark(#b24e08, #f0a13c); --bad: light-dark(#a3271b, #f59a8c); --bad-wash: light-dark(#fbeae6, #351f1c);
          --track: light-dark(#e4eae3, #2f3b38); --paper: light-dark(#fcfdfb, #222c2a);
          --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
          --shadow: 0 1px 2px rgb(0 20 10 / .12), 0 6px 20px rgb(0 20 10 / .08);
        }
        [data-theme=light] { color-scheme: light; }
        [data-theme=dark] { color-scheme: dark; }
        * { box-sizing: border-box; }
        [hidden] { display: none !important; }
        html { -webkit-text-size-adjust: 100%; }
        body { margin: 0; background: var(--wall); color: var(--ink);
          font: 15px/1.5 system-ui, "Segoe UI", "Noto Sans", sans-serif; }
        h1, h2, p, ul, ol, dl, dd, figure { margin: 0; padding: 0; }
        ul, ol { list-style: none; }
        h1 { font-size: clamp(1.5rem, 4vw, 2.1rem); font-weight: 650; line-height: 1.2; letter-spacing: -.015em;
          overflow-wrap: anywhere; text-wrap: balance; }
        h2 { font-size: 1.05rem; font-weight: 650; line-height: 1.4; }
        small, .quiet { color: var(--quiet); font-size: .85rem; }
        small { display: block; font-weight: 400; }
        code { font-family: var(--mono); font-size: .85em; overflow-wrap: anywhere; }
        :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
        .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
        .skip { position: absolute; left: -99em; }
        .skip:focus { left: 1rem; top: .5rem; z-index: 9; background: var(--sheet); padding: .5rem 1rem; }
        .gain { color: var(--accent); } .loss { color: var(--bad); }

        #top { display: flex; gap: .8rem; align-items: center; padding: .5rem 1.5rem; border-bottom: 1px solid var(--line); }
        .brand { display: inline-flex; gap: .6rem; align-items: center; font-size: 1.1rem; font-weight: 650;
          letter-spacing: -.01em; }
        .emblem { width: 26px; height: 26px; }
        .emblem rect { fill: #0d5c4d; }
        .letter, .dashes { fill: none; stroke: #f4f6ef; stroke-width: 3; stroke-linejoin: round; }
        .dashes { stroke: #f0a13c; stroke-width: 2; stroke-dasharray: 2 2; }
        .about { flex: 1; color: var(--quiet); }
        .icon { width: 16px; height: 16px; fill: none; stroke: currentColor; stroke-width: 1.5; }
        .icon .filled { fill: currentColor; }
        .page { max-width: 90rem; margin: 0 auto; padding: 1.5rem 1.5rem 4rem; display: grid; gap: 2rem; }
        .page > * { min-width: 0; }

        button, select { font: inherit; color: inherit; border: 1px solid var(--line); border-radius: 7px; background: var(--sheet);
          padding: .3rem .7rem; min-height: 2.2rem; cursor: pointer; }
        button:hover { border-color: var(--accent); }
        button[aria-pressed=true] { border-color: var(--accent); background: var(--wash); color: var(--accent); }
        .quiet-button { display: inline-flex; align-items: center; border: 0; background: none; padding: 0 .6rem; }
        .quiet-button[aria-pressed=true] { background: none; color: inherit; }
        .quiet-button:hover { background: var(--wash); }
        .choice { display: inline-flex; border: 1px solid var(--line); border-radius: 8px; background: var(--sheet); }
        .choice button { border-color: transparent; background: none; white-space: nowrap; }
        .choice button[aria-pressed=true] { border-color: var(--accent); background: var(--wash); }
        .bar { display: flex; flex-wrap: wrap; gap: .5rem .7rem; align-items: center; }
        .heading { display: flex; flex-wrap: wrap; gap: .6rem 1.5rem; align-items: center; justify-content: space-between;
          margin-bottom: .8rem; }
        .check { display: inline-flex; gap: .45rem; align-items: center; min-height: 2.2rem; cursor: pointer; }
        .check input { accent-color: var(--accent); margin: 0; }
        .strength input { width: 6.5rem; }
        .legend { display: inline-flex; gap: .4rem; align-items: center; color: var(--quiet); font-size: .8rem; }
        .legend i { width: 6rem; height: .7rem; border-radius: 3px;
          background: linear-gradient(90deg, #fdd225, #f6953f, #db5c68, #8f2190, #341442); }
        .filter { display: flex; flex-wrap: wrap; gap: .35rem; }
        .filter button { min-height: 1.9rem; padding: .1rem .6rem; font-size: .85rem; border-radius: 99px; }
        .filter b { font-weight: 650; font-variant-numeric: tabular-nums; }
        .mat { background: var(--mat); background-image: linear-gradient(var(--grid) 1px, transparent 1px),
          linear-gradient(90deg, var(--grid) 1px, transparent 1px); background-size: 24px 24px;
          background-position: -1px -1px; border: 1px solid var(--line); border-radius: 12px; }
        .card { display: grid; gap: .7rem; align-content: start; padding: 1.1rem 1.2rem; border: 1px solid var(--line);
          border-radius: 12px; background: var(--sheet); min-width: 0; }
        .badge { display: inline-block; margin-left: .5em; padding: .05em .5em; border: 1px solid currentColor;
          border-radius: 99px; color: var(--chalk); font-size: .72rem; font-weight: 600; vertical-align: .1em;
          white-space: nowrap; }
        footer { color: var(--quiet); font-size: .9rem; max-width: 60rem; }
        footer .badge { margin-left: 0; }

        .summary { display: grid; grid-template-columns: minmax(15rem, 22rem) minmax(0, 46rem); justify-content: space-between;
          gap: 2rem; padding: 2.2rem 2.4rem; }
        .headline { display: grid; gap: .4rem; align-content: center; }
        .score { font-size: clamp(4.5rem, 11vw, 7.5rem); font-weight: 680; line-height: 1; letter-spacing: -.045em;
          font-variant-numeric: tabular-nums; color: var(--accent); }
        .score small { display: inline; font-size: 1rem; letter-spacing: 0; }
        .way { display: flex; flex-wrap: wrap; gap: .1rem .5rem; font-variant-numeric: tabular-nums; }
        .way .gain { font-weight: 650; }
        .facts { display: grid; gap: .15rem; font-size: .92rem; }
        .headline .facts { margin-top: .9rem; }
        .facts div { display: grid; grid-template-columns: 6.5rem minmax(0, 1fr); }
        .facts dt { color: var(--quiet); }

        .bill { position: relative; padding: 1.3rem 1.5rem 1.6rem; background: var(--paper);
          filter: drop-shadow(0 1px 1px rgb(0 20 10 / .14)) drop-shadow(0 5px 12px rgb(0 20 10 / .09)); }
        .bill::before, .bill::after { content: ""; position: absolute; left: 0; right: 0; height: 8px; background:
          conic-gradient(from -45deg at 50% 100%, var(--paper) 90deg, transparent 0) 50% 0 / 16px 8px; }
        .bill::before { bottom: 100%; transform: scaleY(-1); }
        .bill::after { top: 100%; }
        table { border-collapse: collapse; width: 100%; text-align: left; }
        th { font-weight: 400; }
        .bill table { font-variant-numeric: tabular-nums; }
        .bill caption { text-align: left; font-weight: 650; padding-bottom: .2rem; }
        .bill thead th { color: var(--quiet); font-size: .8rem; padding-bottom: .3rem; }
        .bill td, .bill thead th:nth-child(n+3) { text-align: right; }
        .bill tbody th, .bill tbody td { padding: .42rem 0; border-top: 1px dashed var(--line); vertical-align: middle; }
        .bill tbody th { width: 50%; line-height: 1.35; }
        .bill .bar-cell { width: 22%; padding-left: 1.2rem; }
        .bill td.value { font-weight: 650; padding-left: .8rem; }
        .bill td.value small { font-size: .78rem; line-height: 1; }
        .value .gain { color: var(--accent); } .value .loss { color: var(--bad); }
        .bill .weight, .bill .points { padding-left: .8rem; white-space: nowrap; font-family: var(--mono); font-size: .85rem; }
        .bill .weight { color: var(--quiet); }
        .bill tfoot th, .bill tfoot td { border-top: 3px double var(--ink); padding-top: .5rem; font-size: 1.15rem;
          font-weight: 700; }
        .meter { display: block; width: 100%; height: 10px; }
        .track { fill: var(--track); } .fill { fill: var(--accent); } .tick { fill: var(--chalk); }
        .meter.none { height: 6px; border-radius: 1px;
          background: repeating-linear-gradient(-45deg, var(--track) 0 4px, transparent 4px 8px); }
        .key { color: var(--quiet); font-size: .8rem; padding-top: .4rem; }
        i.tick { display: inline-block; width: 3px; height: .8em; margin-right: .25em; background: var(--chalk);
          vertical-align: -.05em; }

        .workbench { display: grid; grid-template-columns: minmax(0, 1fr) 21rem; gap: 1.25rem; align-items: start; }
        .bench { padding: 1.1rem; min-width: 0; align-self: stretch; }
        .stage { position: sticky; top: 1.1rem; display: grid; gap: 1.1rem; isolation: isolate; justify-items: center; }
        .stage[data-view=pair] { grid-template-columns: repeat(2, minmax(0, 1fr)); }
        .sheet { min-width: 0; max-width: 100%; }
        .sheet figcaption { margin-bottom: .35rem; font-weight: 600; }
        .sheet .quiet { font-family: var(--mono); font-size: .75rem; font-weight: 400; }
        .paper { position: relative; box-shadow: var(--shadow); background: repeating-linear-gradient(-45deg,
          var(--wall) 0 6px, var(--mat) 6px 12px); }
        .canvas { display: block; max-width: 100%; height: auto; }
        .heat { opacity: var(--heat, .8); display: none; }
        .stage[data-heat] .heat { display: inline; }
        .stage[data-page=result] .of-draft, .stage[data-page=draft] :is(.of-result, .heat, .result .mark),
        .stage[data-page=draft] .result .marks { display: none; }
        .mark { fill: transparent; stroke: #c2560c; stroke-width: 1.25; stroke-opacity: .75; vector-effect: non-scaling-stroke;
          cursor: pointer; }
        .stage:not([data-marks]) .mark:not(.on), .mark.away { display: none; }
        .stage[data-pointing] .mark:not(.on) { stroke-opacity: .15; }
        .mark.on { fill: rgb(240 130 30 / .22); stroke: #d9480f; stroke-width: 3; stroke-opacity: 1; }
        .line, .both { display: none; }
        .stage[data-view=over] .both { display: inline; }
        .stage[data-view=over] .sheet { grid-area: 1 / 1; }
        .stage[data-view=over] .result figcaption { visibility: hidden; }
        .stage[data-view=over] .result .paper { background: none; box-shadow: none; cursor: ew-resize; touch-action: pan-y;
          user-select: none; }
        .stage[data-view=over] .mark { pointer-events: none; }
        .stage[data-view=over][data-way=line] .result .canvas { clip-path: inset(0 0 0 var(--at)); }
        .stage[data-view=over][data-way=line] .line { display: block; }
        .stage[data-way=fade][data-view=over] .result .canvas { opacity: var(--part); }
        .stage[data-way=fade][data-view=over] .line { display: block; }
        .stage[data-way=difference][data-view=over] .result .canvas { mix-blend-mode: difference; }
        .stage[data-way=difference][data-view=over] .marks { visibility: hidden; }
        .line { position: absolute; top: 0; bottom: 0; left: var(--at); width: 2px; margin-left: -1px; background: #e0701c;
          box-shadow: 0 0 0 1px rgb(255 255 255 / .7); }
        .line:focus-visible { outline: none; }
        .line:focus-visible .grip { outline: 2px solid #0d5c4d; outline-offset: 2px; }
        .grip { position: absolute; top: 50%; left: 50%; width: 32px; height: 32px; translate: -50% -50%; border-radius: 50%;
          background: #e0701c; border: 2px solid #fff; box-shadow: var(--shadow); }
        .grip::before { content: ""; position: absolute; inset: 8px 10px; border: solid #fff; border-width: 0 2px; }

        .panel { position: sticky; top: 1rem; max-height: calc(100vh - 2rem); grid-template-rows: auto auto minmax(0, 1fr); }
        .panel:not(:has(.filter:not([hidden]))) { grid-template-rows: auto minmax(0, 1fr); }
        .differences { overflow-y: auto; margin: 0 -.7rem -.4rem; padding: 2px; overscroll-behavior: contain; }
        .difference { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 .6rem; width: 100%; padding: .45rem .65rem;
          text-align: left; border: 1px solid transparent; border-radius: 7px; background: none; align-items: baseline; }
        .difference > :nth-child(n+3) { grid-column: 1 / -1; }
        .differences li + li { border-top: 1px solid var(--line); }
        button.difference[aria-pressed=true] { border-color: var(--chalk); background: var(--wash); color: inherit; }
        button.difference.on { background: var(--wash); }
        .kind { font-weight: 600; }
        .cost { color: var(--quiet); font-size: .85rem; font-variant-numeric: tabular-nums; }
        .words { overflow-wrap: anywhere; }
        .difference > code { color: var(--quiet); font-size: .75rem; }
        del, ins { text-decoration: none; padding: 0 .2em; border-radius: 3px; box-decoration-break: clone;
          -webkit-box-decoration-break: clone; }
        del { background: var(--bad-wash); color: var(--bad); text-decoration: line-through; text-decoration-thickness: 1px; }
        ins { background: var(--wash); color: var(--accent); }
        .swatch { display: inline-flex; gap: .3em; align-items: center; white-space: nowrap; }
        .swatch svg { width: .9em; height: .9em; border: 1px solid var(--edge); border-radius: 3px; }

        a { color: var(--accent); }
        .totals tbody th { width: auto; }
        .totals thead th:nth-child(n+2) { text-align: right; padding-left: 1rem; white-space: nowrap; }
        .totals tbody td { padding-left: 1rem; white-space: nowrap; font-weight: 650; }
        .totals tbody td.weight { font-weight: 400; }
        .sort { min-height: 1.7rem; padding: 0 .3rem; margin: 0 -.3rem; border-color: transparent; background: none;
          white-space: nowrap; }
        .sort:disabled { cursor: default; color: inherit; border-color: transparent; }
        [aria-sort] .sort { color: var(--accent); font-weight: 650; }
        [aria-sort=ascending] .sort::after { content: " ↑"; } [aria-sort=descending] .sort::after { content: " ↓"; }
        .gallery .what { font-weight: 600; vertical-align: middle; }
        .gallery .number { vertical-align: middle; }
        .gallery .thumbnail { padding: .5rem .3rem; }
        .thumbnail a { display: block; }
        .thumbnail img { display: block; width: 100%; min-width: 8rem; height: 8.5rem; object-fit: contain; border-radius: 4px;
          background: var(--mat); }

        .note { padding: .5rem .8rem; border-radius: 7px; background: var(--bad-wash); color: var(--bad); }
        .scroll { overflow-x: auto; }
        .rows { font-size: .92rem; font-variant-numeric: tabular-nums; }
        .rows thead th { color: var(--quiet); font-size: .8rem; padding: 0 .6rem .3rem; white-space: nowrap; }
        .rows tbody :is(td, th) { padding: .4rem .6rem; border-top: 1px solid var(--line); vertical-align: baseline; }
        .rows :is(td, th):first-child { padding-left: 0; } .rows :is(td, th):last-child { padding-right: 0; }
        .rows .number { text-align: right; white-space: nowrap; }
        .rows .what { overflow-wrap: anywhere; min-width: 12rem; }
        .index { color: var(--quiet); font-family: var(--mono); font-size: .8rem; }
        .outcome { display: inline-block; padding: 0 .55em; border-radius: 99px; font-size: .8rem; font-weight: 600; }
        .outcome.kept { background: var(--wash); color: var(--accent); }
        .outcome.refused { background: var(--track); color: var(--quiet); }
        .outcome.failed { background: var(--bad-wash); color: var(--bad); }
        .stairs { max-width: 60rem; }
        .stairs svg { display: block; width: 100%; }
        .stairs path { fill: none; stroke: var(--accent); stroke-width: 2; }
        .stairs circle { fill: var(--sheet); stroke: var(--edge); stroke-width: 1.5; }
        .stairs circle.kept { fill: var(--accent); stroke: var(--accent); }
        .stairs figcaption { display: flex; justify-content: space-between; font-variant-numeric: tabular-nums; }
        .dot { display: inline-block; width: .65em; height: .65em; border-radius: 50%; border: 1.5px solid var(--edge);
          margin: 0 .25em 0 .6em; }
        .dot.kept { background: var(--accent); border-color: var(--accent); }
        .columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem), 1fr)); gap: 1.25rem; }
        .lines { display: grid; gap: .35rem; font-size: .9rem; overflow-wrap: anywhere; }
        details { min-width: 0; }
        summary { cursor: pointer; padding: .2rem 0; width: max-content; }
        .times th, .times td { padding: .3rem 0; white-space: nowrap; }
        .times .bar-cell { width: 55%; padding: 0 1rem; }
        .times .number { text-align: right; font-variant-numeric: tabular-nums; }

        @media (max-width: 66rem) {
          .summary { grid-template-columns: minmax(0, 1fr); padding: 1.6rem; }
          .workbench { grid-template-columns: minmax(0, 1fr); }
          .panel { position: static; max-height: none; }
          .differences { max-height: 28rem; }
          .bench { position: sticky; top: 0; z-index: 3; max-height: 62vh; overflow: auto; }
        }
        @media (max-width: 44rem) {
          #top { padding: .4rem 1rem; }
          .page { padding: 1rem 1rem 3rem; gap: 1.4rem; }
          .summary { padding: 1.2rem .9rem 1.5rem; gap: 1.8rem; }
          .headline { padding: 0 .3rem; }
          .bill { padding: 1rem 1rem 1.2rem; }
          .bill thead { display: none; }
          .bill tr { display: grid; grid-template-columns: minmax(0, 1fr) 3.6rem 4.9rem 3.6rem; align-items: center;
            padding: .5rem 0; }
          .bill tbody tr { border-top: 1px dashed var(--line); }
          .bill tbody :is(th, td) { border: 0; padding-top: 0; padding-bottom: 0; }
          .bill tbody th { grid-column: 1 / -1; width: auto; }
          .bill .bar-cell { width: auto; padding-left: 0; }
          .bill tfoot tr { border-top: 3px double var(--ink); padding-bottom: 0; }
          .bill tfoot :is(th, td) { border: 0; padding: 0; } .bill tfoot th { grid-column: 1 / 4; }
          .bench { padding: .7rem; margin: 0 -.5rem; max-height: 48vh; }
          .stage { gap: .6rem; }
          .differences { max-height: none; }
          .rows.folding thead { display: none; }
          .rows.folding tr { display: grid; grid-template-columns: 1.6rem repeat(3, minmax(0, 1fr)); padding: .6rem 0;
            border-top: 1px solid var(--line); gap: .2rem .4rem; align-items: baseline; }
          .rows.folding tbody td { border: 0; padding: 0; }
          .rows.folding .what { grid-column: 2 / -1; min-width: 0; }
          .rows.folding td[data-label] { text-align: left; font-size: .85rem; }
          .rows.folding td[data-label]:nth-child(3) { grid-column: 2 / 3; }
          .rows.folding td:nth-child(4) { display: none; }
          .rows .what { min-width: 0; }
          .bill.totals thead { display: block; }
          .bill.totals tr { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: flex-end; }
          .totals tbody th { flex: 1 0 100%; } .totals :is(thead, tfoot) th:first-child { flex: 1; }
          .bill.totals :is(td, th:nth-child(n+2)) { width: 4.4rem; padding-left: 0; font-size: .95rem; }
          .gallery thead th { display: none; } .gallery thead th:has(.sort) { display: inline-block; }
          .gallery tbody tr { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: .2rem .5rem;
            padding: .8rem 0; border-top: 1px solid var(--line); }
          .gallery tbody :is(td, th) { border: 0; padding: 0; } .gallery tbody .what { grid-column: 1 / -1; }
          .gallery .pictures { display: none; }
          .gallery .thumbnail img { min-width: 0; height: 6.5rem; }
          .gallery td.number { text-align: left; font-size: .85rem; }
          .gallery td[data-label]::before, .folding td[data-label="Time"]::before { content: none; }
          .gallery td[data-label]::before { content: attr(data-label) " "; color: var(--quiet); }
          .card { padding: 1rem; }
        }
        @media (prefers-reduced-motion: no-preference) {
          button, .mark { transition: border-color .12s, background-color .12s, stroke-opacity .12s; }
        }
        @media print {
          :root, [data-theme] { color-scheme: light; }
          html { font-size: 11px; } body { background: #fff; font-size: 1rem; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
          #top button, .controls, .filter, .line, .skip { display: none !important; }
          .page { padding: 0; gap: 1rem; max-width: none; }
          .mat { background: none; }
          .summary { grid-template-columns: 17rem minmax(0, 1fr); padding: 1rem 1rem 1rem 1.5rem; }
          .score { font-size: 4rem; }
          .workbench { grid-template-columns: minmax(0, 1fr); }
          .bench, .panel { position: static; max-height: none; overflow: visible; }
          .differences { max-height: none; overflow: visible; columns: 2; }
          .differences li, .rows tr, .bill tr { break-inside: avoid; }
          .differences li[hidden], .rows tr[hidden] { display: revert !important; }
          .bill { filter: none; border: 1px solid var(--line); } .bill::before, .bill::after { display: none; }
          .scroll { overflow: visible; }
        }
        """#
}
