// What the pages about a folder add to the look of the reports.

/// The style sheet of a folder's index and report.
enum FolderStyle {
    /// CSS.
    static let text = #"""
        .cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 15.5rem), 1fr)); gap: 1.25rem; }
        .cards li { display: grid; grid-template-rows: auto 1fr; border: 1px solid var(--line); border-radius: 12px;
          background: var(--sheet); overflow: hidden; min-width: 0; }
        .cards li:hover { border-color: var(--accent); }
        .cards .sight { display: block; padding: .8rem; background: var(--mat);
          background-image: linear-gradient(var(--grid) 1px, transparent 1px),
          linear-gradient(90deg, var(--grid) 1px, transparent 1px); background-size: 24px 24px; }
        .cards .sight:focus-visible { outline-offset: -3px; }
        .cards img { display: block; width: 100%; height: 11rem; object-fit: contain; }
        .cards .words { display: grid; gap: .1rem; padding: .7rem .9rem .8rem; align-content: start; }
        .cards .name { font-weight: 600; overflow-wrap: anywhere; }
        .cards .name a { color: inherit; text-decoration: none; }
        .cards .name a:hover { text-decoration: underline; }
        .cards .numbers { display: flex; flex-wrap: wrap; gap: .1rem .9rem; font-size: .9rem;
          font-variant-numeric: tabular-nums; }
        .cards .lost { padding: .8rem; align-content: center; background: var(--bad-wash); color: var(--bad);
          display: grid; min-height: 12.6rem; font-size: .9rem; overflow-wrap: anywhere; }
        .swatches { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); gap: .3rem 1.2rem;
          font-size: .9rem; }
        .swatches li { display: grid; grid-template-columns: 1.6rem minmax(0, 1fr) auto; gap: .6rem; align-items: center; }
        .swatches svg { width: 1.6rem; height: 1.6rem; border: 1px solid var(--edge); border-radius: 5px; }
        .swatches .number { color: var(--quiet); font-variant-numeric: tabular-nums; }
        .uses { display: flex; flex-wrap: wrap; gap: .1rem .7rem; }
        .page h2 + p { max-width: 60rem; }
        .headline .score { font-size: clamp(3.6rem, 8vw, 5.6rem); white-space: nowrap; }
        .summary:not(:has(.bill)) { grid-template-columns: minmax(0, 1fr); padding-block: 1.6rem; }
        @media (min-width: 44.01rem) { .rows.gallery .thumbnail { width: 14rem; } }
        """#
}
