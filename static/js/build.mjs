// Builds static/build/portal.css and static/build/portal.js. Run by `npm run build`.
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { build } from "esbuild";
import { compile } from "sass";

const SIDE = { left: "start", right: "end" };
const CORNER = { "top-left": "start-start", "top-right": "start-end", "bottom-left": "end-start", "bottom-right": "end-end" };

// The design system names left and right. Arabic reads the other way, so every side becomes the
// start or the end of the line; in English the result is the same.
function mirror(css) {
  return css
    .replace(/(?<=[{;])(margin|padding)-(left|right)(?=:)/g, (_, box, side) => `${box}-inline-${SIDE[side]}`)
    .replace(/(?<=[{;])border-(left|right)((?:-width|-color|-style)?)(?=:)/g, (_, side, part) => `border-inline-${SIDE[side]}${part}`)
    .replace(/(?<=[{;])border-(top-left|top-right|bottom-left|bottom-right)-radius(?=:)/g, (_, corner) => `border-${CORNER[corner]}-radius`)
    .replace(/(?<=[{;])(left|right)(?=:)/g, (_, side) => `inset-inline-${SIDE[side]}`)
    .replace(/(?<=[{;])text-align:(left|right)/g, (_, side) => `text-align:${SIDE[side]}`)
    .replace(/(?<=[{;])float:(left|right)/g, (_, side) => `float:inline-${SIDE[side]}`);
}

const { css } = compile("static/scss/portal.scss", {
  style: "compressed",
  sourceMap: false,
  quietDeps: true,
  loadPaths: ["node_modules"],
});
mkdirSync("static/build/icons", { recursive: true });
writeFileSync("static/build/portal.css", mirror(css));
for (const [, icon] of css.matchAll(/url\("?icons\/([\w-]+\.svg)"?\)/g)) {
  copyFileSync(`node_modules/nhsuk-frontend/dist/nhsuk/assets/images/${icon}`, `static/build/icons/${icon}`);
}

await build({
  entryPoints: ["static/js/portal.js"],
  outfile: "static/build/portal.js",
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2020",
  legalComments: "none",
  logLevel: "warning",
});
