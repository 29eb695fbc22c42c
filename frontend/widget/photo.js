// @ts-check
/** Reads a picture of the shop's page. In: an `<img>`. Out: a JPEG of its pixels. */

import { WidgetError } from "./error.js";

/** Longest side in pixels; the search uses 640. */
const LONGEST_SIDE = 2048;

/** @param {HTMLImageElement} image @returns {Promise<Blob>} */
export const photoFrom = async (image) => {
  const address = image.currentSrc || image.src;
  await image.decode().catch(() => {
    throw new WidgetError("picture-not-readable", `The picture ${address} is not loaded.`);
  });
  const scale = Math.min(1, LONGEST_SIDE / Math.max(image.naturalWidth, image.naturalHeight));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(image.naturalWidth * scale));
  canvas.height = Math.max(1, Math.round(image.naturalHeight * scale));
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  // JPEG has no transparency.
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    const unreadable = () =>
      reject(
        new WidgetError(
          "picture-not-readable",
          `The picture ${address} comes from another origin, and the browser lets this page show but not read it.`,
          `Serve it with "Access-Control-Allow-Origin: ${location.origin}" and give its img the attribute crossorigin="anonymous".`,
        ),
      );
    try {
      canvas.toBlob((blob) => (blob ? resolve(blob) : unreadable()), "image/jpeg", 0.95);
    } catch {
      unreadable();
    }
  });
};
