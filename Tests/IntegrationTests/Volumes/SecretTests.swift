import Foundation
import Testing

extension IntegrationTests {
    /// Secrets: kept, given to containers, and nowhere else.
    @Suite struct SecretTests {
        static let text = "correct horse"

        private func withSecret(_ who: Identity, _ body: (Hako) throws -> Void) throws {
            try withHako(who) { hako in
                let made = try hako("secret", "create", "--label", "a=b", "key", try hako.write(Self.text, to: "key.txt"))
                #expect(made.status == 0 && made.text.count == 25, "\(made)")
                try FileManager.default.removeItem(atPath: hako.path("key.txt"))
                try body(hako)
            }
        }

        @Test(arguments: Identity.allCases)
        func theyComeAndGo(_ who: Identity) throws {
            try withSecret(who) { hako in
                let id = try hako("secret", "ls", "-q").text
                #expect(try hako("secret", "ls", "--format", "{{.Name}} {{.Driver}}").text == "key file")
                #expect(try hako("secret", "ls").lines.first?.hasPrefix("ID") == true)
                let inspected = try hako("secret", "inspect", String(id.prefix(8)))
                #expect(inspected.out.contains("\"key\"") && !inspected.out.contains(Self.text), "\(inspected)")
                let shown = try hako("secret", "inspect", "key", "--showsecret", "--format", "{{.SecretData}} {{.Spec.Labels.a}}")
                #expect(shown.text == "\(Self.text) b", "\(shown)")
                let twice = try hako("secret", "create", "key", "-", stdin: "other")
                #expect(twice.status == 125 && twice.oneErrorLine && twice.err.contains("already"), "\(twice)")
                #expect(try hako("secret", "create", "--ignore", "key", "-", stdin: "other").text == id)
                #expect(try hako("secret", "create", "--replace", "key", "-", stdin: "other").text == id)
                #expect(try hako("secret", "inspect", "key", "--showsecret", "-f", "{{.SecretData}}").text == "other")
                let variable = try hako.spawn(
                    hako.hakoWords(["secret", "create", "--env", "var", "PASSWORD"]), with: ["PASSWORD": "x"])
                #expect(try variable.finish().status == 0)
                let modes = try host("sh", "-c", "cd \(hako.dataRoot)/secrets && stat -c '%a %u' . key key/data key/secret.json")
                #expect(modes.lines == ["700", "700", "600", "600"].map { "\($0) \(who.id)" }, "\(modes)")
                #expect(try hako("secret", "rm", "key").text == id)
                #expect(try hako("secret", "rm", "--all").status == 0)
                #expect(try hako("secret", "ls", "-q").text == "")
                #expect(try hako("secret", "rm", "-i", "key").status == 0)
                let gone = try hako("secret", "rm", "key")
                #expect(gone.status == 1 && gone.err.contains("no such secret: key"), "\(gone)")
            }
        }

        @Test(arguments: Identity.allCases)
        func asFilesOfATmpfs(_ who: Identity) throws {
            try withSecret(who) { hako in
                let script =
                    "cat /run/secrets/key; echo; stat -c '%a %u %g' /run/secrets/key; stat -f -c %T /run/secrets; "
                    + "echo x > /run/secrets/key; ls -A /run/secrets"
                let plain = try hako.run("--secret", "key", "--", "sh", "-c", script)
                #expect(plain.lines == [Self.text, "444 0 0", "tmpfs", "key"], "\(plain)")
                #expect(plain.err.contains("Read-only"), "\(plain)")
                let owned = try hako.run(
                    "--secret", "key,target=mine,uid=7,gid=8,mode=0400", "--user", "7:8", "--", "sh", "-c",
                    "cat /run/secrets/mine; echo; stat -c '%a %u %g' /run/secrets/mine")
                #expect(owned.lines == [Self.text, "400 7 8"], "\(owned)")
                let elsewhere = try hako.run(
                    "--secret", "source=key,target=/etc/deep/key,mode=400", "--secret", "key", "--read-only", "--", "sh", "-c",
                    "cat /etc/deep/key; echo; ls -A /run/secrets; echo x > /etc/deep/key")
                #expect(elsewhere.lines == [Self.text, "key"] && elsewhere.err.contains("Read-only"), "\(elsewhere)")
                let variable = try hako.run(
                    "--secret", "key,type=env", "--secret", "key,type=env,target=OTHER", "--", "sh", "-c",
                    "echo $key; echo $OTHER")
                #expect(variable.lines == [Self.text, Self.text], "\(variable)")
            }
        }

        /// Neither the configuration nor an image nor an archive holds it; the container keeps what it was made with.
        @Test(arguments: Identity.allCases)
        func whereTheyAreNot(_ who: Identity) throws {
            try withSecret(who) { hako in
                #expect(try hako("load", "-i", "\(Machine.images)/busybox").status == 0)
                let id = try hako("images", "-q").text
                let words = [
                    "run", "--name", "c1", "--network", "none", "--secret", "key", "--secret", "key,type=env,target=KEY",
                    "--secret",
                    "key,target=/etc/key", id, "sh", "-c", "cat /run/secrets/key",
                ]
                #expect(try hako.spawn(hako.hakoWords(words)).finish().text == Self.text)
                #expect(try hako("secret", "create", "--replace", "key", "-", stdin: "other").status == 0)
                #expect(try hako("secret", "rm", "key").status == 0)
                #expect(try hako("start", "-a", "c1").text == Self.text)
                #expect(try !hako("inspect", "c1").out.contains(Self.text))
                #expect(try hako("commit", "c1", "made:1").status == 0)
                for command in [["export", "c1", "-o"], ["save", "made:1", "-o"]] {
                    let tar = hako.path("\(command[0]).tar")
                    #expect(try hako.spawn(hako.hakoWords(command + [tar])).finish().status == 0)
                    let found = try host(
                        "sh", "-c", "mkdir -p \(tar)-d && tar -xf \(tar) -C \(tar)-d && grep -rla '\(Self.text)' \(tar)-d")
                    #expect(found.text == "", "\(command): \(found)")
                }
                #expect(try hako("rm", "-f", "c1").status == 0)
                let holders = try host("grep", "-rla", "--exclude=*.tar", Self.text, hako.dataRoot, hako.stateRoot)
                #expect(holders.text == "", "\(holders)")
            }
        }

        static let wrong: [([String], String)] = [
            (["run", "--secret", "none"], "no such secret: none"), (["run", "--secret", ""], "name a secret"),
            (["run", "--secret", "key,type=disk"], "mount or env"), (["run", "--secret", "key,mode=999"], "octal"),
            (["run", "--secret", "key,uid=root"], "number"), (["run", "--secret", "key,target=a/b"], "absolute path"),
            (["run", "--secret", "key,target=../b"], "absolute path"), (["run", "--secret", "key,target=/a/../b"], ".."),
            (["run", "--secret", "key,uid=4000000000"], "id of the container"), (["run", "--secret", "key,what=1"], "no option"),
            (["run", "--secret", "key", "--secret", "key"], "twice"), (["run", "--secret", "key,type=env,target=a=b"], "no ="),
            (["secret", "create", "../x", "/dev/null"], "letters"), (["secret", "create", "x", "/dev/null"], "bytes"),
            (["secret", "create", "x", "/dev/zero"], "bytes"), (["secret", "create", "x", "/nowhere"], "No such file"),
            (["secret", "create", "--env", "x", "NOWHERE"], "no variable"),
            (["secret", "create", "--driver", "x", "y", "-"], "file"),
            (["secret", "inspect", "none"], "no such secret"), (["secret", "ls", "--filter", "x=y"], "name or id"),
        ]

        @Test(arguments: wrong)
        func wrongWords(_ words: [String], _ why: String) throws {
            try withSecret(.root) { hako in
                let all = words[0] == "run" ? hako.runWords(Array(words.dropFirst()) + ["--", "true"]) : words
                let result = try hako.spawn(hako.hakoWords(all)).finish()
                #expect(result.status != 0 && result.oneErrorLine && result.err.contains(why), "\(result)")
                #expect(try hako("ps", "-aq").text == "")
            }
        }
    }
}
