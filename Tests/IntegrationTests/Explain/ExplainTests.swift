import Foundation
import Testing

extension IntegrationTests {
    @Suite struct ExplainTests {
        @Test(arguments: Identity.allCases)
        func textShowsWhatEachProcessDid(_ who: Identity) throws {
            try withHako(who) { hako in
                let result = try hako.run("--explain", "--", "echo", "out")
                #expect(result.out == "out\n" && result.status == 0, "\(result)")
                for word in ["clone3(", "pivot_root(", "mount", "execve(", " hako ", " monitor ", " init ", " ms ", "# "] {
                    #expect(result.err.contains(word), "no '\(word)' in: \(result.err)")
                }
            }
        }

        @Test func textIsInTheOrderOfTime() throws {
            try withHako { hako in
                let result = try hako.run("--explain", "--", "true")
                let times = result.err.split(separator: "\n").compactMap { Double($0.split(separator: " ").first ?? "") }
                #expect(times.count > 30)
                let clone = result.err.range(of: "clone3("), pivot = result.err.range(of: "pivot_root(")
                #expect(clone != nil && pivot != nil && clone!.lowerBound < pivot!.lowerBound)
            }
        }

        @Test(arguments: Identity.allCases)
        func chromeTraceIsValidAndShowsEveryProcess(_ who: Identity) throws {
            try withHako(who) { hako in
                let file = hako.path("trace.json")
                #expect(try hako.run("--explain=\(file)", "--", "true").status == 0)
                let value = try JSONSerialization.jsonObject(with: try Data(contentsOf: URL(filePath: file)))
                let events = (value as? [String: Any])?["traceEvents"] as? [[String: Any]] ?? value as? [[String: Any]] ?? []
                let complete = events.filter { $0["ph"] as? String == "X" }
                #expect(complete.count > 30, "\(complete.count) events")
                #expect(
                    complete.allSatisfy {
                        $0["ts"] is NSNumber && $0["dur"] is NSNumber && $0["pid"] is NSNumber && $0["name"] is String
                    })
                let processes = Set(complete.compactMap { ($0["args"] as? [String: Any])?["process"] as? String })
                #expect(processes.isSuperset(of: ["hako", "monitor", "init"]), "\(processes)")
            }
        }

        @Test func failuresAreShownToo() throws {
            try withHako { hako in
                let result = try hako.run("--explain", "--", "no-such-command")
                #expect(result.status == 127 && result.err.contains(" init "), "\(result)")
            }
        }
    }
}
