// What is wrong with a page, by its styles and its document: contrasts below 4.5:1 (3:1 if large), buttons below 24 pixels, ...
(() => {
  const wrong = [];
  const rgb = (text) => { const c = text.match(/[\d.]+/g).map(Number); return c.length < 4 ? [...c, 1] : c; };
  const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = (element) => { for (let one = element; one; one = one.parentElement) {
    const c = rgb(getComputedStyle(one).backgroundColor); if (c[3] === 1) { return c; } } return [255, 255, 255, 1]; };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (texts.currentNode.data.trim() === '' || !element.checkVisibility() || element.closest('noscript')) { continue; }
    const style = getComputedStyle(element);
    const [a, b] = [light(rgb(style.color)), light(behind(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || size >= 18.66 && style.fontWeight >= 700;
    if (contrast < (isLarge ? 3 : 4.5)) { wrong.push('contrast ' + contrast.toFixed(2) + ': ' + element.outerHTML); }
  }
  document.querySelectorAll('[id]').forEach((one) => document.querySelectorAll('#' + CSS.escape(one.id)).length > 1
    && wrong.push('twice: #' + one.id));
  ['aria-labelledby', 'aria-describedby'].forEach((name) => document.querySelectorAll('[' + name + ']').forEach((one) =>
    one.getAttribute(name).split(' ').forEach((id) => document.getElementById(id) || wrong.push(name + ' of nothing: ' + id))));
  document.querySelectorAll('table').forEach((table) => {
    if (![...table.querySelectorAll('thead th')].every((th) => th.scope === 'col' && th.textContent.trim() !== '')
      || table.querySelectorAll('thead th').length === 0) { wrong.push('columns without heads: ' + table.id); }
    const columns = table.querySelectorAll('thead th').length;
    table.querySelectorAll('tbody tr').forEach((tr) => [...tr.cells].reduce((n, cell) => n + cell.colSpan, 0) === columns
      || wrong.push('row of another width in ' + table.id));
  });
  document.querySelectorAll('[tabindex]').forEach((one) => one.tabIndex > 0 && wrong.push('order of its own: ' + one.outerHTML));
  document.querySelectorAll('li').forEach((li) => ['UL', 'OL'].includes(li.parentElement.tagName) || wrong.push('li in no list'));
  document.querySelectorAll('button').forEach((one) => { const box = one.getBoundingClientRect();
    if (one.checkVisibility() && (box.height < 24 || box.width < 24)) { wrong.push('too small: ' + one.outerHTML); } });
  if (document.documentElement.lang === '') { wrong.push('no language'); }
  if (document.title === '') { wrong.push('no title'); }
  if (document.documentElement.scrollWidth > innerWidth) { wrong.push('wider than the screen: '
    + document.documentElement.scrollWidth + ' of ' + innerWidth); }
  [...document.querySelectorAll('*')].filter((one) => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1
    && ['auto', 'scroll'].includes(getComputedStyle(one).overflowX) && one.tabIndex < 0)
    .forEach((one) => wrong.push('scrolls by mouse only: ' + one.outerHTML.slice(0, 80)));
  return JSON.stringify(wrong);
})()
