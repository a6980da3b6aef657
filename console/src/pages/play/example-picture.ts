const WIDTH = 320
const HEIGHT = 200

/** An example image, drawn on a canvas so that the console needs no image file. */
export async function examplePicture(): Promise<File> {
  const canvas = new OffscreenCanvas(WIDTH, HEIGHT)
  const context = canvas.getContext('2d')
  const paint = (colour: string, draw: (context: OffscreenCanvasRenderingContext2D) => void) => {
    if (!context) return
    context.fillStyle = colour
    context.beginPath()
    draw(context)
    context.fill()
  }
  paint('#bfe3ff', (sky) => sky.rect(0, 0, WIDTH, HEIGHT))
  paint('#ffd23f', (sun) => sun.arc(250, 55, 28, 0, 2 * Math.PI))
  paint('#3b8f4b', (hill) => hill.ellipse(160, 230, 240, 90, 0, 0, 2 * Math.PI))
  paint('#b23a2e', (house) => house.rect(80, 100, 70, 60))
  paint('#5a2d22', (roof) => {
    roof.moveTo(70, 100)
    roof.lineTo(115, 62)
    roof.lineTo(160, 100)
  })
  return new File([await canvas.convertToBlob()], 'house.png', { type: 'image/png' })
}
