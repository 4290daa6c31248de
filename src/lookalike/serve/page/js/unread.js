// Takes a condition that was read in the words out of them again.

const DENIES = "not|no|non|neither|nor|without|(?:anything|everything|any colou?r|all) but|other than|except(?: for)?|excluding|exclude|avoid(?:ing)?"
  + "|rather than|instead of|(?:do not|don['’]?t) (?:want|like|need)|(?:is|are)n['’]?t|nicht|kein(?:e|en)?|weder|ohne|ausser|pas(?: de)?|sans|sauf|ni";
const DENIES_HAN = "不想?要|不是|非|除了?";
const FILLS = "in|not|no|without|from|by|with";
const JOINS = "(?:[,，、]\\s*)?(?:\\b(?:and|or|nor|und|oder|noch|et|ou|ni)\\s+|[和与與跟]|或者?)?";
const ARTICLES = "(?:(?:in|the|a|an|any)\\s+)*";
const SPELLED = { ß: "ss", ø: "o", ł: "l", đ: "d", ð: "d", þ: "th", æ: "ae", œ: "oe", ı: "i" };
const OF_WORDS = "[\\p{Script=Latin}\\p{Script=Greek}\\p{Script=Cyrillic}\\p{N}]";
const HAN = /\p{Script=Han}/u;

// As the server reads it, with where each character stood.
function folded(words) {
  let text = "";
  const places = [];
  let place = 0;
  for (const character of words) {
    const plain = character.normalize("NFKC").toLowerCase().replace(/[ßøłđðþæœı]/g, (letter) => SPELLED[letter]).normalize("NFD").replace(/\p{M}/gu, "");
    for (const each of plain) {
      text += each;
      for (let unit = 0; unit < each.length; unit++) places.push(place);
    }
    place += character.length;
  }
  return { text, places: [...places, words.length] };
}

function cut(words, said, isDenied) {
  const { text, places } = folded(words);
  const escaped = said.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll(" ", "\\s+").replace(/\\s\+(?=[<>≤≥])/g, "\\s*");
  const begins = /^[\p{L}\p{N}]/u.test(said) && !HAN.test(said[0]) ? `(?<!${OF_WORDS})` : "";
  const ends = /[\p{L}\p{N}]$/u.test(said) && !HAN.test(said.at(-1)) ? `(?!${OF_WORDS})` : "";
  const denial = `(?:\\b(?:${DENIES})\\s+|(?:${DENIES_HAN})\\s*)`;
  const behind = isDenied ? "(?:\\s*(?:的(?:(?:[以之]?外)的?)?|[以之]外的?))?" : "";
  // Where it is denied, rather than where it is wanted too: "red shoes, not red". Of a list only the first stands beside what denies it.
  const before = isDenied ? [`${JOINS}${denial}${ARTICLES}`, `${JOINS}${ARTICLES}`] : [`(?:\\b(?:${FILLS})\\s+)?`];
  const found = before.map((one) => new RegExp(one + begins + escaped + ends + behind, "u").exec(text)).find((one) => one);
  if (!found) return words;
  return `${words.slice(0, places[found.index])} ${words.slice(places[found.index + found[0].length])}`;
}

// `condition` of `understood`, with what fills the words before it. One "not" may be about several values: those that stay each get their own.
export function unread(words, condition, understood) {
  const isDenied = condition.operator === "!=";
  const stay = isDenied ? understood.filter((one) => one !== condition && one.operator === "!=" && one.column === condition.column) : [];
  let rest = words;
  for (const one of [condition, ...stay]) rest = cut(rest, one.text, isDenied);
  for (const { text } of stay) rest += HAN.test(text) ? `，不要${text}` : `, not ${text}`;
  return rest.replace(/\s+/g, " ").replace(/\s*([,，])(?:\s*[,，])*/g, "$1").replace(/^[\s,，;]+|[\s,，;]+$/g, "");
}
