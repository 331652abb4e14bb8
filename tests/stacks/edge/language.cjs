// What cloudfront-js-2.0 documents of the language, as an allow list over the syntax tree: `node
// --expose-internals language.cjs < FILE` prints a line for each thing that CloudFront does not promise to run.
// Rules: AWS, "JavaScript runtime 2.0 features", "Use async and await".
const fs = require('node:fs');
const acorn = require('internal/deps/acorn/acorn/dist/acorn'); // Node's own parser

const ALLOWED = new Set(`Program ImportDeclaration ImportDefaultSpecifier VariableDeclaration VariableDeclarator
  FunctionDeclaration FunctionExpression ArrowFunctionExpression BlockStatement EmptyStatement ExpressionStatement
  IfStatement ForStatement ForInStatement WhileStatement DoWhileStatement BreakStatement ContinueStatement
  ReturnStatement ThrowStatement TryStatement CatchClause SwitchStatement SwitchCase LabeledStatement Identifier
  Literal TemplateLiteral TemplateElement ThisExpression ArrayExpression ObjectExpression Property
  UnaryExpression UpdateExpression BinaryExpression AssignmentExpression LogicalExpression MemberExpression
  ConditionalExpression CallExpression NewExpression SequenceExpression AwaitExpression RestElement`.split(/\s+/));
const GLOBALS = new Set(`cf console JSON Math String Number Boolean Object Array Date RegExp Error TypeError
  undefined NaN Infinity isNaN isFinite parseInt parseFloat encodeURIComponent decodeURIComponent`.split(/\s+/));
const ABSENT = new Set(`at flat flatMap findLast findLastIndex toSorted toReversed toSpliced with localeCompare
  fromEntries structuredClone hasOwn isWellFormed constructor __proto__`.split(/\s+/));

const found = [];
const declared = new Set();

function report(node, what) {
  found.push(`${node.loc.start.line}: ${what}`);
}

function children(node) {
  return Object.entries(node).flatMap(([key, value]) => (key === 'loc' ? [] : value))
    .filter((value) => value && typeof value.type === 'string');
}

function holds(node, type) {
  return node.type === type || children(node).some((child) => holds(child, type));
}

function isFunction(node) {
  return /Function/.test(node.type);
}

function check(node, parent) {
  if (!ALLOWED.has(node.type)) report(node, node.type);
  if (node.type === 'CatchClause' && !node.param) report(node, 'catch without a name');
  if (node.type === 'LogicalExpression' && node.operator === '??') report(node, '??');
  if (node.type === 'AssignmentExpression' && /^(&&|\|\||\?\?)=$/.test(node.operator)) report(node, node.operator);
  if (node.type === 'Property' && (node.shorthand || node.computed || node.method)) report(node, 'short property');
  if (node.type === 'Literal' && node.bigint) report(node, 'BigInt');
  if (isFunction(node) && node.generator) report(node, 'generator');
  if (isFunction(node) && node.async && parent.type !== 'Program') report(node, 'async closure');
  if (node.type === 'CallExpression' && node.arguments.some((argument) => holds(argument, 'AwaitExpression'))) {
    report(node, 'await in an argument');
  }
  if (node.type === 'MemberExpression' && !node.computed && ABSENT.has(node.property.name)) {
    report(node, node.property.name);
  }
  if (node.type === 'ImportDeclaration' && node.source.value !== 'cloudfront') report(node, 'import');
}

function declare(node) {
  const names = [node.id, node.local, node.param, ...(isFunction(node) ? node.params : [])];
  for (const name of names) {
    if (name?.type === 'Identifier') declared.add(name.name);
    if (name?.type === 'RestElement') declared.add(name.argument.name);
  }
}

function isReference(node, parent) {
  const member = parent.type === 'MemberExpression' && parent.property === node && !parent.computed;
  const key = parent.type === 'Property' && parent.key === node;
  const label = /^(Labeled|Break|Continue)Statement$/.test(parent.type);
  return node.type === 'Identifier' && !member && !key && !label;
}

function walk(node, parent, visit) {
  visit(node, parent);
  for (const child of children(node)) walk(child, node, visit);
}

const tree = acorn.parse(fs.readFileSync(0, 'utf8'), { ecmaVersion: 'latest', sourceType: 'module', locations: true });
walk(tree, tree, declare);
walk(tree, tree, check);
walk(tree, tree, (node, parent) => {
  if (isReference(node, parent) && !declared.has(node.name) && !GLOBALS.has(node.name)) report(node, node.name);
});
process.stdout.write(found.map((line) => `${line}\n`).join(''));
