// What has the focus, and whether that is seen; asked after each press of Tab.
(() => {
  const one = document.activeElement;
  if (one === document.body) { return ''; }
  const style = getComputedStyle(one);
  const isShown = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1;
  window.stops ??= [];
  window.stops.push(one);
  const isBefore = window.stops.length > 1 && !(window.stops.at(-2).compareDocumentPosition(one)
    & Node.DOCUMENT_POSITION_FOLLOWING);
  return (isShown ? '' : 'not seen to have the focus: ') + (isBefore ? 'jumps back: ' : '')
    + one.tagName + (one.id ? '#' + one.id : '') + ' ' + one.textContent.trim().slice(0, 20);
})()
