import Testing

extension IntegrationTests {
    /// `hako system migrate`: what an earlier hako made, and ids that the host has given away since.
    @Suite struct MigrationTests {
        /// hako, where /etc/subuid and /etc/subgid have another line.
        private func withSubordinate(_ line: String, _ hako: Hako, _ words: String...) throws -> Outcome {
            let file = try hako.write("\(line)\n", to: "subordinate")
            let script = "for name in subuid subgid; do mount --bind \(file) /etc/$name; done; exec \"$@\""
            return try Child(
                ["unshare", "--mount", "--propagation", "private", "sh", "-ec", script, "sh"] + hako.hakoWords(words),
                environment: Machine.environment
            ).finish(within: 60)
        }

        private func firstID(_ hako: Hako, _ name: String) throws -> UInt32 {
            let map = try hako("exec", name, "cat", "/proc/1/uid_map").text.split(separator: " ")
            return try #require(map.count == 3 ? UInt32(map[1]) : nil)
        }

        @Test func idsThatAUserHasNowAreNoContainersAnyMore() throws {
            try withHako { hako in
                let work = "echo text > /file; chown 1000 /file; sleep 1000"
                #expect(try hako.run("-d", "--init", "--name", "c1", "--", "sh", "-c", work).status == 0)
                #expect(
                    try hako.run("-d", "--init", "--name", "c2", "--userns", "container:c1", "--", "sleep", "1000").status == 0)
                #expect(try hako.run("-d", "--init", "--name", "c3", "--", "sleep", "1000").status == 0)
                let (first, other) = (try firstID(hako, "c1"), try firstID(hako, "c3"))
                let migrated = try withSubordinate("alice:\(first + 5):65531", hako, "system", "migrate")
                #expect(migrated.status == 0 && migrated.lines.filter { $0.hasPrefix("stopped ") }.count == 3, "\(migrated)")
                #expect(migrated.lines.count == 4 && migrated.out.contains("gave container c1 the ids "), "\(migrated)")
                let again = try withSubordinate("alice:\(first + 5):65531", hako, "system", "migrate")
                #expect(again.status == 0 && again.out.isEmpty && again.err.isEmpty, "\(again)")
                for name in ["c1", "c2", "c3"] { #expect(try hako("start", name).status == 0) }
                let fresh = try firstID(hako, "c1")
                #expect(fresh >= first + 65536 && fresh != other)
                #expect(try firstID(hako, "c2") == fresh && firstID(hako, "c3") == other)
                #expect(try hako("exec", "c1", "stat", "-c", "%u", "/file").text == "1000")
                // The database knows it too: nobody else gets them.
                #expect(try hako.run("-d", "--init", "--name", "c4", "--", "sleep", "1000").status == 0)
                #expect(try ![fresh, other].contains(firstID(hako, "c4")))
                let check = try hako("system", "check")
                #expect(check.text == "nothing to mend", "\(check)")
            }
        }

        @Test func idsThatAUserHasNoMore() throws {
            try withHako(.user) { hako in
                func hako2(_ words: String...) throws -> Outcome {
                    try hako.spawn(hako.hakoWords(words), with: ["HAKO_SUBORDINATE": "2000000:65536"]).finish()
                }
                #expect(try hako.run("-d", "--init", "--name", "c1", "--", "sleep", "1000").status == 0)
                #expect(try hako("system", "migrate").lines.count == 1)
                let lost = try hako2("system", "migrate")
                #expect(lost.status == 1 && lost.out.isEmpty, "\(lost)")
                #expect(lost.err.contains("container c1") && lost.err.contains("uids 1000000-1065535"), "\(lost)")
                let start = try hako2("start", "c1")
                #expect(start.status != 0 && start.oneErrorLine && start.err.contains("/etc/subuid"), "\(start)")
                #expect(try hako("system", "migrate").status == 0)
                #expect(try hako("start", "c1").status == 0)
            }
        }

        @Test(arguments: Identity.allCases)
        func aDatabaseOfAnEarlierVersion(_ who: Identity) throws {
            try withHako(who) { hako in
                #expect(try hako.run("--name", "c1", "--", "true").status == 0)
                let script = """
                    import sqlite3; database = sqlite3.connect("\(hako.dataRoot)/hako.db")
                    database.executescript('''
                    DROP TRIGGER end_of_addresses; DROP TABLE addresses; DROP INDEX ranges_of_containers;
                    UPDATE containers SET created = created / 1000000000; PRAGMA user_version = 3;''')
                    database.commit()
                    """
                let aged = try hako.spawn(hako.asIdentity(["python3", "-c", script])).finish()
                #expect(aged.status == 0, "\(aged)")
                let migrated = try hako("system", "migrate")
                #expect(migrated.status == 0 && migrated.text == "brought the database from version 3 to 5", "\(migrated)")
                #expect(try hako("ps", "-aq").lines.count == 1)
                #expect(try hako("start", "-a", "c1").status == 0)
                let words = try hako("system", "migrate", "now")
                #expect(words.status == 125 && words.oneErrorLine, "\(words)")
            }
        }
    }
}
