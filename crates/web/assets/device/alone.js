// One page of this phone at a time works with what it holds: of two, each would write over the drafts of the other.
const NAME = "xinqiao-device";
/** A page that is being left gives up its place a moment after the next one asks. */
const PATIENCE = 2000;

let mine = false;

/** Takes the place, from another page where `away` says so; returns whether this page has it. `lost` is called when another
 *  page takes it away later. Browsers that cannot tell pages apart have one. */
export function alone({ away, lost }) {
  if (mine || !navigator.locks) return Promise.resolve(true);
  const patience = new AbortController();
  const ending = setTimeout(() => patience.abort(), PATIENCE);
  return new Promise((resolve) => {
    const held = () => {
      clearTimeout(ending);
      mine = true;
      resolve(true);
      // Held until the page goes, or another takes it away.
      return new Promise(() => {});
    };
    navigator.locks.request(NAME, away ? { steal: true } : { signal: patience.signal }, held).catch(() => {
      clearTimeout(ending);
      if (mine) lost();
      mine = false;
      resolve(false);
    });
  });
}
