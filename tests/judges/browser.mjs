// What Chromium itself reports while it shows a page, and what can be measured on the page it drew:
// console, failed requests, CSP violations, overflow, cut text, broken images, small targets.
import { Findings, load, newContext, pageLimitMs, resize, whyNotShown, within } from './common.mjs';

const schemes = ['light', 'dark'];
const widths = [320, 360, 768, 1280];
const labelled = (width, scheme) => `${width} ${scheme}`;
const variants = schemes.flatMap((scheme) => widths.map((width) => labelled(width, scheme)));

export async function judgeInBrowser(browser, { base, targets, cookies }) {
  const findings = new Findings('browser', variants);
  const stuck = new Set();
  for (const scheme of schemes) {
    const context = await newContext(browser, base, { width: widths[0], scheme, cookies });
    await context.addInitScript(listenForViolations);
    for (const target of targets) {
      if (!stuck.has(target) && !await visit(context, target, scheme, findings)) stuck.add(target);
    }
    await context.close();
  }
  return findings;
}

/** Loads a page once and looks at it in every width; whether it could be shown. */
async function visit(context, target, scheme, findings) {
  const page = await context.newPage();
  const events = listen(page, target);
  const add = (texts, label) => texts.forEach((text) => findings.add(target.path, text, label));
  try {
    add(await load(page, target));
    let violations = [];
    for (const width of widths) {
      await resize(page, width);
      const seen = await within(pageLimitMs, 'measuring', page.evaluate(inspect));
      add(seen.faults, labelled(width, scheme));
      ({ violations } = seen);
    }
    add(tell(events, violations));
    return true;
  } catch (error) {
    add([...tell(events, []), whyNotShown(context, error)]);
    return false;
  } finally {
    page.removeAllListeners();
    await within(pageLimitMs, 'closing a page', page.close()).catch(() => {});
  }
}

function listen(page, target) {
  const events = { console: [], errors: [], requests: [] };
  page.on('console', (message) => {
    const aboutThePage = target.status >= 400 && message.location().url === target.url
      && message.text().startsWith('Failed to load resource');
    if (['error', 'warning', 'assert'].includes(message.type()) && !aboutThePage) {
      events.console.push(`console ${message.type()}: ${message.text()}`);
    }
  });
  page.on('pageerror', (error) => events.errors.push(`page error: ${error.message}`));
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? 'failed';
    // What shows a PDF is an extension of Chromium's, which drops its own requests when it is closed.
    const isOfThePage = !request.url().startsWith('chrome-extension:');
    if (isOfThePage && why !== 'csp') events.requests.push(`request failed: ${request.url()} (${why})`);
  });
  page.on('response', (response) => {
    const isThePage = response.request().isNavigationRequest() && response.frame() === page.mainFrame();
    if (response.status() >= 400 && !isThePage) events.requests.push(`request failed: ${response.url()} (${response.status()})`);
  });
  return events;
}

/** A violation comes as an event and again as a console error: the second is left out. */
function tell(events, violations) {
  const repeated = (text) => violations.length > 0 && /Content Security Policy|Trusted(HTML|Script)/.test(text);
  return [
    ...events.console.filter((text) => !repeated(text)),
    ...events.errors,
    ...events.requests,
    ...violations.map((text) => `CSP violation: ${text}`),
  ];
}

// The rest runs in the page, each function on its own.

function listenForViolations() {
  window.cspViolations = [];
  document.addEventListener('securitypolicyviolation', (event) => {
    const place = event.sourceFile ? ` at ${event.sourceFile}:${event.lineNumber}` : '';
    window.cspViolations.push(`${event.effectiveDirective} blocked ${event.blockedURI} ${event.sample}${place}`);
  });
}

function inspect() {
  const faults = [];
  const root = document.documentElement;
  const edge = root.clientWidth;

  const describe = (element) => {
    const mark = element.id ? `#${element.id}` : [...element.classList].map((name) => `.${name}`).join('');
    const text = element.textContent.trim().replace(/\s+/g, ' ');
    return `${element.localName}${mark}${text ? ` “${text.slice(0, 40)}${text.length > 40 ? '…' : ''}”` : ''}`;
  };

  if (root.scrollWidth > edge) {
    const widest = [...document.body.querySelectorAll('*')]
      .map((element) => ({ element, right: element.getBoundingClientRect().right }))
      .reduce((most, one) => (one.right > most.right ? one : most), { element: document.body, right: 0 });
    faults.push(`the document scrolls sideways, widest is ${describe(widest.element)}`);
  }

  for (const image of document.images) {
    if (image.naturalWidth === 0) faults.push(`image without pixels: ${image.currentSrc || image.src || image.outerHTML.slice(0, 80)}`);
  }

  /** Whether a box of text is cut off, by the window or by an ancestor that neither scrolls nor shows an ellipsis. */
  function isCut(element, { left, right }) {
    let toContainingBlock = false;
    for (let box = element; box; box = box.parentElement) {
      const style = getComputedStyle(box);
      if (toContainingBlock && style.position === 'static' && style.transform === 'none') continue;
      toContainingBlock = style.position === 'absolute';
      const hiddenOnPurpose = style.display !== 'inline' && (box.offsetWidth <= 1 || box.offsetHeight <= 1 || style.clip !== 'auto');
      if (hiddenOnPurpose) return false;
      if (style.overflowX !== 'visible' && style.display !== 'inline') {
        const frame = box.getBoundingClientRect();
        if (['auto', 'scroll'].includes(style.overflowX)) ({ left, right } = frame);
        else if (left < frame.left - 1 || right > frame.right + 1) return style.textOverflow !== 'ellipsis';
      }
      if (style.position === 'fixed') break;
    }
    const skipLink = right <= 0 && element.closest('a[href], button');
    return !skipLink && (left < -1 || right > edge + 1);
  }

  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const cut = new Set();
  while (texts.nextNode()) {
    const { data, parentElement } = texts.currentNode;
    const visible = parentElement.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true });
    if (!data.trim() || !visible || cut.has(parentElement)) continue;
    const range = document.createRange();
    range.setStart(texts.currentNode, data.search(/\S/));
    range.setEnd(texts.currentNode, data.trimEnd().length);
    if ([...range.getClientRects()].some((box) => isCut(parentElement, box))) cut.add(parentElement);
  }
  for (const element of cut) faults.push(`text is cut off: ${describe(element)}`);

  /** A tick box or file input is as large as it and its labels, with what they hold, are together. */
  function targetSize(control) {
    const labels = ['checkbox', 'radio', 'file'].includes(control.type) ? [...control.labels] : [];
    const elements = [control, ...labels, ...labels.flatMap((label) => [...label.children])];
    const boxes = elements.map((element) => element.getBoundingClientRect());
    const span = (low, high) => Math.max(...boxes.map((box) => box[high])) - Math.min(...boxes.map((box) => box[low]));
    return { width: span('left', 'right'), height: span('top', 'bottom') };
  }

  const controls = 'button, input:not([type=hidden]), select, textarea, summary, [role=button], [role=switch], [role=checkbox], [role=tab]';
  for (const control of document.querySelectorAll(controls)) {
    if (control.matches(':disabled') || !control.checkVisibility({ visibilityProperty: true })) continue;
    const { width, height } = targetSize(control);
    const hiddenOnPurpose = width <= 1 && height <= 1;
    if (!hiddenOnPurpose && (width < 23.95 || height < 23.95)) {
      faults.push(`target under 24px: ${describe(control)} is ${width.toFixed(1)} × ${height.toFixed(1)}`);
    }
  }

  return { faults, violations: window.cspViolations };
}
