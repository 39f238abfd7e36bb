// Runs axe and hands back what a person needs to mend each fault.
const done = arguments[arguments.length - 1];
axe.run(document, { rules: { 'target-size': { enabled: true } }, resultTypes: ['violations'] }).then(
  (results) => done({
    violations: results.violations.map((violation) => ({
      rule: violation.id, impact: violation.impact, help: violation.help,
      nodes: violation.nodes.map((node) => ({
        at: node.target.join(' '), html: node.html, why: node.failureSummary.replace(/\s*\n\s*/g, ' '),
      })),
    })),
  }),
  (error) => done({ error: String(error) }),
);
