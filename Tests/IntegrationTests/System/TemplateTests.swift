import Testing

extension IntegrationTests {
    @Suite struct TemplateTests {
        /// What docker's documentation of `inspect` and `ps` has for `--format`.
        @Test func templatesAreGos() throws {
            try withHako { hako in
                let made = try hako(
                    "create", "--name", "box", "-v", "/tmp:/one", "-v", "/var:/two:ro", "-l", "a=1", "-l", "b=2", "host", "x", "y"
                )
                #expect(made.status == 0, "\(made)")
                let cases = [
                    ("{{.Name}}", "box"), ("{{.Config.Cmd}}", "[x y]"), ("{{json .Config.Cmd}}", #"["x","y"]"#),
                    ("{{range .Mounts}}{{.Source}}:{{.Destination}} {{end}}", "/tmp:/one /var:/two"),
                    ("{{range $i, $m := .Mounts}}{{$i}}={{$m.RW}},{{end}}", "0=true,1=false,"),
                    ("{{range $key, $value := .Config.Labels}}{{$key}}-{{$value}};{{end}}", "a-1;b-2;"),
                    (#"{{index .Config.Labels "b"}}"#, "2"), ("{{(index .Mounts 1).Destination}}", "/two"),
                    ("{{len .Mounts}}", "2"), (#"{{join .Config.Cmd "+"}}"#, "x+y"), ("{{.Config.Cmd | json}}", #"["x","y"]"#),
                    ("{{if .State.Running}}up{{else}}down{{end}}", "down"), (#"{{if eq .Name "box"}}yes{{end}}"#, "yes"),
                    ("{{with .Config.Labels}}{{.a}}{{end}}", "1"),
                    ("{{range .NetworkSettings.Networks}}x{{else}}none{{end}}", "none"),
                    ("{{range .Mounts}}{{$.Name}}{{end}}", "boxbox"),
                    ("{{if and .Name (not .State.Running)}}both{{end}}", "both"),
                    ("a {{- .Name -}} b", "aboxb"), ("{{println .Name}}", "box"), ("{{upper .Name}}", "BOX"),
                ]
                for (format, text) in cases {
                    let outcome = try hako("inspect", "-f", format, "box")
                    #expect(outcome.text == text, "\(format) \(outcome)")
                }
                for format in [
                    "{{", "{{.Nothing}}", "{{range .Mounts}}", "{{end}}", "{{frobnicate .Name}}", "{{index .Mounts 9}}",
                    "{{.Name.Length}}", "{{$x}}", "{{range .Name}}{{end}}", "{{(.Name}}", "{{else}}", "{{}}", "{{\"x}}",
                ] {
                    let outcome = try hako("inspect", "-f", format, "box")
                    #expect(outcome.status != 0 && outcome.oneErrorLine, "\(format) \(outcome)")
                }
            }
        }
    }
}
