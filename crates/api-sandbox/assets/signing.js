// Script of the signing pages: messages for the page around this one, the drawing of a signature, and the redirect after it.
// Without it the pages work all the same.
"use strict";

const { messages = "", redirect = "" } = document.body.dataset;

// Time for a parent to handle the messages, and for a person to read that it is signed.
const REDIRECT_DELAY = 1000;

// In a top window the parent is the window itself, which a web view of an app listens to.
function postMessages() {
  for (const message of messages.split(" ").filter(Boolean)) {
    window.parent.postMessage(message, "*");
  }
}

// A return to the page by "back" or a reload must not lead away again.
function followRedirect() {
  const [navigation] = performance.getEntriesByType("navigation");
  if (redirect && (!navigation || navigation.type === "navigate")) {
    setTimeout(() => window.location.assign(redirect), REDIRECT_DELAY);
  }
}

function whenShown() {
  postMessages();
  followRedirect();
}

if (document.readyState === "complete") {
  whenShown();
} else {
  window.addEventListener("load", whenShown);
}

// Place of the line to sign on, as a part of the height.
const BASELINE = 0.78;

// The drawing is dark on white in both color schemes, as it is stored.
function startDrawing(pad) {
  const canvas = pad.querySelector("canvas");
  const stored = pad.querySelector('input[name="signature"]');
  const context = canvas.getContext("2d");
  // One pointer draws at a time: a palm that touches the screen does not.
  let pointer = null;
  let last = null;

  function resize() {
    const ratio = window.devicePixelRatio || 1;
    const { width, height } = canvas.getBoundingClientRect();
    const [pixels, lines] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (!pixels || !lines || (canvas.width === pixels && canvas.height === lines)) return;
    canvas.width = pixels;
    canvas.height = lines;
    context.scale(ratio, ratio);
    context.lineWidth = 2.5;
    context.lineCap = "round";
    context.lineJoin = "round";
    context.strokeStyle = "#14213d";
    context.fillStyle = "#14213d";
    if (stored.value) {
      const image = new Image();
      image.onload = () => {
        if (canvas.width !== pixels || stored.value !== image.src) return;
        // As a whole and on the line, in whatever size it was drawn.
        const scale = Math.min(width / image.width, height / image.height);
        const [wide, high] = [image.width * scale, image.height * scale];
        context.drawImage(image, (width - wide) / 2, (height - high) * BASELINE, wide, high);
      };
      image.src = stored.value;
    }
  }

  function place(event) {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || pointer !== null) return;
    event.preventDefault();
    pointer = event.pointerId;
    canvas.setPointerCapture(event.pointerId);
    last = place(event);
    context.beginPath();
    context.arc(last.x, last.y, 1.25, 0, 2 * Math.PI);
    context.fill();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pointer) return;
    const next = place(event);
    context.beginPath();
    context.moveTo(last.x, last.y);
    context.lineTo(next.x, next.y);
    context.stroke();
    last = next;
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, (event) => {
      if (event.pointerId !== pointer) return;
      pointer = null;
      stored.value = canvas.toDataURL("image/png");
    });
  }
  pad.querySelector("#clear-signature").addEventListener("click", () => {
    context.clearRect(0, 0, canvas.width, canvas.height);
    stored.value = "";
  });

  pad.hidden = false;
  resize();
  window.addEventListener("resize", resize);
}

const pad = document.querySelector(".pad");
if (pad) startDrawing(pad);

// Most phones show no PDF within a page: the place of the preview is then that of a sentence.
document.body.classList.toggle("without-preview", navigator.pdfViewerEnabled === false);

// In a frame of another origin a browser ignores `autofocus`.
document.querySelector("[autofocus]")?.focus();
