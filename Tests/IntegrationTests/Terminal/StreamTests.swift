import Testing

extension IntegrationTests {
    @Suite struct StreamTests {
        @Test(arguments: Identity.allCases)
        func standardInputReachesTheCommandOnlyWhenAsked(_ who: Identity) throws {
            try withHako(who) { hako in
                #expect(try hako.run("-i", "--", "cat", stdin: "given\n").text == "given")
                let without = try hako.run("cat", stdin: "given\n")
                #expect(without.out == "" && without.status == 0, "\(without)")
            }
        }

        @Test func outputsStayApartAndWhole() throws {
            try withHako { hako in
                let result = try hako.run("sh", "-c", "seq 50000; seq 3 >&2; exit 6")
                #expect(result.status == 6)
                #expect(result.lines.count == 50000 && result.lines.last == "50000")
                #expect(result.err == "1\n2\n3\n")
            }
        }

        @Test func inputOfManyBytesArrives() throws {
            try withHako { hako in
                let input = String(repeating: "0123456789abcde\n", count: 4000)
                let result = try hako.run("-i", "--", "sh", "-c", "cat | tee /dev/stderr | wc -c", stdin: input)
                #expect(result.text == "64000")
                #expect(result.err.utf8.count == 64000)
            }
        }

        @Test func aReaderThatGoesAwayDoesNotHangTheContainer() throws {
            try withHako { hako in
                let words = hako.hakoWords(hako.runWords(["sh", "-c", "seq 200000 2>/dev/null; exit 0"])).map { "'\($0)'" }
                    .joined(separator: " ")
                let result = try host("sh", "-c", "\(words) | head -n 1")
                #expect(result.text == "1" && !result.timedOut, "\(result)")
            }
        }
    }
}
