// Bars as SVG: each scenario in seconds, the part that its floor takes in a lighter colour.
const WIDTH = 760;
const LEFT = 270;
const RIGHT = 70;
const ROW = 30;
const TOP = 40;

export function plot({ scenarios, floors }) {
  const most = Math.max(...scenarios.map(({ wall }) => wall), floors.G);
  const scale = (seconds) => (seconds / most) * (WIDTH - LEFT - RIGHT);
  const rows = [
    { title: 'U: gunzip of all layers', wall: floors.U, floor: { wall: 0 } },
    { title: 'G: gunzip and pigz -6', wall: floors.G, floor: { wall: 0 } },
    ...scenarios,
  ];
  const bars = rows.map(({ title, wall, floor }, i) => bar(title, wall, floor.wall, TOP + i * ROW, scale));
  const height = TOP + rows.length * ROW + 10;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="13">
<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
<rect x="${LEFT}" y="12" width="12" height="12" fill="#9db8d2"/><text x="${LEFT + 18}" y="23">N: Nx and writing</text>
<rect x="${LEFT + 160}" y="12" width="12" height="12" fill="#2f5d8a"/><text x="${LEFT + 178}" y="23">above it</text>
${bars.join('\n')}
</svg>
`;
}

function bar(title, wall, floor, y, scale) {
  const below = Math.min(wall, floor);
  const number = (value) => value.toFixed(1);
  return [
    `<text x="${LEFT - 8}" y="${y + 15}" text-anchor="end">${escape(title.replaceAll('`', ''))}</text>`,
    `<rect x="${LEFT}" y="${y}" width="${number(scale(below))}" height="20" fill="#9db8d2"/>`,
    `<rect x="${number(LEFT + scale(below))}" y="${y}" width="${number(scale(wall - below))}" height="20" fill="#2f5d8a"/>`,
    `<text x="${number(LEFT + scale(wall) + 6)}" y="${y + 15}">${wall.toFixed(2)} s</text>`,
  ].join('');
}

function escape(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
