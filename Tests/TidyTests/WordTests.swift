import Testing

/// Words that are not used, and where.
@Suite struct WordTests {
    struct Ban: CustomTestStringConvertible {
        var pattern: String
        var why: String
        /// The modules where it holds; empty for all.
        var modules: Set<String> = []
        /// The modules where it does not.
        var except: Set<String> = []
        var alsoInTests = false
        var testDescription: String { pattern }
    }

    /// The network edge.
    static let asynchronous: Set<String> = ["Registry", "hako-edge"]

    static let bans = [
        Ban(pattern: #"\btry!"#, why: "an error would end the process without a line for the user", alsoInTests: true),
        // Linux/Threads/Shared.swift is the lock that all else is built on.
        Ban(pattern: #"@unchecked Sendable"#, why: "nobody checks it", except: ["Linux"]),
        Ban(pattern: #"\b(async|await)\b"#, why: "this is the synchronous world", except: asynchronous),
        Ban(
            pattern: #"\b(Task|DispatchQueue|withTaskGroup)\b\s*[({.]"#, why: "this is the synchronous world",
            except: asynchronous),
        // Raw calls need the C library, which the import table gives to Linux alone; these are the words they would need.
        Ban(
            pattern: #"\b(O_[A-Z]{5,}|MS_[A-Z]{4,}|CLONE_[A-Z]{4,}|AT_[A-Z]{5,}|SYS_[a-z]{3,})\b"#,
            why: "system calls are made in the module Linux", except: ["Linux"]),
        Ban(pattern: #"\bGlibc\."#, why: "system calls are made in the module Linux", except: ["Linux"]),
        Ban(pattern: #"(^|[^.\w])print\("#, why: "only the command lines print", modules: ["Linux", "OCI", "Runtime", "Images"]),
        Ban(pattern: #"\bfatalError\("#, why: "an error is one line and an exit status"),
        Ban(pattern: #"\b(TODO|FIXME|XXX)\b"#, why: "what is open is an issue"),
    ]

    @Test(arguments: bans)
    func word(_ ban: Ban) throws {
        let expression = try Regex(ban.pattern)
        for file in SourceTree.swift {
            if file.isTest && (!ban.alsoInTests || file.module == "TidyTests") { continue }
            if !ban.modules.isEmpty && !ban.modules.contains(file.module) || ban.except.contains(file.module) { continue }
            for (number, text) in file.code where text.contains(expression) {
                Issue.record("\(file):\(number): \(text.trimmingPrefix(while: { $0 == " " })): \(ban.why)")
            }
        }
    }
}
