// Allure 3's settings for the results of pytest-prose-go: allure generate RESULTS --config allurerc.mjs
// Allure 3 does not read categories.json; these are the same categories.
const category = (name, status, word) => ({
  name,
  matchers: [{ statuses: [status], message: new RegExp("^" + word.replace(/[()]/g, "\\$&") + " ") }],
});

export default {
  name: "ProSe Group Owner mode conformance",
  output: "./allure-report",
  categories: [
    category("FAIL, known: it stands in the file of known failures", "failed", "FAIL (known)"),
    category("FAIL: a violation was observed", "failed", "FAIL"),
    category("ERROR: no word on security", "broken", "ERROR"),
    category("INCONCLUSIVE: a control did not hold, or the target offers too little", "broken", "INCONCLUSIVE"),
    category("NOT APPLICABLE: the catalogue says so, given the vendor's statement", "skipped", "NOT APPLICABLE"),
  ],
  plugins: {
    awesome: {
      options: {
        singleFile: true,
        // Clause, requirement, purpose; their names are numbered in the order of the catalogue.
        groupBy: ["epic", "feature", "story"],
        defaultSortBy: "name,asc",
        reportLanguage: "en",
      },
    },
  },
};
