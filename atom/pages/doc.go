// Package pages draws the pages that people see in a browser: one frame, one style sheet, and a template for each
// kind of page. It only draws: what a page says comes in a View, which knows nothing of tables and requests.
//
// A page is a View and a file templates/NAME.html that defines "main". The template gets a Frame; what its View holds
// is in .View. A form holds {{template "token" $}}, a time is printed by {{when .Time}}, and every word that somebody
// else chose is escaped by html/template.
package pages
