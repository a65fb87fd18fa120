// Sentences over several lines, broken between words.
import { displayWidth } from './terminal/fast-width.ts'
import { fit } from './format.ts'

/** `text` in lines of at most `width` cells, unpadded; a word that is longer than a line is cut. */
export function wrap(text: string, width: number, ellipsis: string): string[] {
	const lines: string[] = []
	let line = ''
	for (const word of text.split(' ')) {
		if (line !== '' && displayWidth(line) + 1 + displayWidth(word) > width) {
			lines.push(line)
			line = ''
		}
		line = line === '' ? word : `${line} ${word}`
		if (displayWidth(line) > width) line = fit(line, width, ellipsis)
	}
	if (line !== '') lines.push(line)
	return lines
}
