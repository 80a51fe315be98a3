internal import JSON
internal import Linux
package import OCI

/// A profile given with `--security-opt seccomp=FILE`: the OCI form, or docker's, whose rules can depend on capabilities,
/// the architecture and the kernel.
package enum SeccompFile {
    private struct Content: JSONRecord {
        var defaultAction = ""
        var defaultErrnoRet: UInt32?
        var architectures: [String]?
        var archMap: [ArchitectureMap]?
        var flags: [String]?
        var listenerPath: String?
        var listenerMetadata: String?
        var syscalls: [Rule]?
        var unknown = JSONObject()

        mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
            try fields.require("defaultAction")
            try fields("defaultAction", &defaultAction)
            try fields("defaultErrnoRet", &defaultErrnoRet)
            try fields("architectures", &architectures)
            try fields("archMap", &archMap)
            try fields("flags", &flags)
            try fields("listenerPath", &listenerPath)
            try fields("listenerMetadata", &listenerMetadata)
            try fields("syscalls", &syscalls)
        }
    }

    private struct ArchitectureMap: JSONRecord {
        var architecture = ""
        var subArchitectures: [String]?
        var unknown = JSONObject()

        mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
            try fields("architecture", &architecture)
            try fields("subArchitectures", &subArchitectures)
        }
    }

    private struct Rule: JSONRecord {
        var name: String?
        var names: [String]?
        var action = ""
        var errnoRet: UInt32?
        var args: [SeccompArgument]?
        var includes: Condition?
        var excludes: Condition?
        var unknown = JSONObject()

        mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
            try fields.require("action")
            try fields("name", &name)
            try fields("names", &names)
            try fields("action", &action)
            try fields("errnoRet", &errnoRet)
            try fields("args", &args)
            try fields("includes", &includes)
            try fields("excludes", &excludes)
        }
    }

    private struct Condition: JSONRecord {
        var caps: [String]?
        var arches: [String]?
        var minKernel: String?
        var unknown = JSONObject()

        mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
            try fields("caps", &caps)
            try fields("arches", &arches)
            try fields("minKernel", &minKernel)
        }
    }

    /// - Throws: for a file that is missing or no profile: nothing runs without the filter that was asked for.
    package static func read(_ path: String, capabilities: [String]) throws(EngineError) -> Seccomp {
        let bytes = try attempt("read the seccomp profile \(path)") { () throws(SystemError) in
            try File.read(path, limit: 4 << 20)
        }
        let release = (try? File.readText("/proc/sys/kernel/osrelease", limit: 4096)) ?? ""
        return try parse(bytes, path: path, capabilities: capabilities, release: release)
    }

    package static func parse(
        _ bytes: [UInt8], path: String, capabilities: [String], release: String
    ) throws(EngineError) -> Seccomp {
        let content: Content
        do throws(JSONError) { content = try Content(parsing: bytes) } catch {
            throw EngineError("the seccomp profile \(path) is not one: \(error)")
        }
        var profile = Seccomp(defaultAction: content.defaultAction)
        profile.defaultErrnoRet = content.defaultErrnoRet
        profile.flags = content.flags
        profile.listenerPath = content.listenerPath
        profile.listenerMetadata = content.listenerMetadata
        profile.architectures =
            content.architectures
            ?? content.archMap.flatMap { maps in
                maps.first { $0.architecture == nativeArchitecture }.map { [$0.architecture] + ($0.subArchitectures ?? []) }
            }
        let kernel = numbers(release)
        func holds(_ condition: Condition) -> [Bool] {
            var answers: [Bool] = []
            if let caps = condition.caps { answers += caps.map(capabilities.contains) }
            if let arches = condition.arches, !arches.isEmpty { answers.append(arches.contains(nativeName)) }
            if let least = condition.minKernel { answers.append(!kernel.lexicographicallyPrecedes(numbers(least))) }
            return answers
        }
        profile.syscalls = (content.syscalls ?? []).compactMap { rule in
            if let includes = rule.includes, holds(includes).contains(false) { return nil }
            if let excludes = rule.excludes, holds(excludes).contains(true) { return nil }
            let names = (rule.names ?? []) + (rule.name.map { [$0] } ?? [])
            guard !names.isEmpty else { return nil }
            let arguments = rule.args ?? []
            return SeccompRule(
                names: names, action: rule.action, errnoRet: rule.errnoRet, args: arguments.isEmpty ? nil : arguments)
        }
        return profile
    }

    /// The first two numbers of a kernel's release: `6.1.0-30-amd64` is 6 and 1.
    private static func numbers(_ release: String) -> [Int] {
        release.split(separator: ".").prefix(2).map { Int($0.prefix { $0.isASCII && $0.isNumber }) ?? 0 }
    }

    #if arch(x86_64)
        private static let (nativeArchitecture, nativeName) = ("SCMP_ARCH_X86_64", "amd64")
    #else
        private static let (nativeArchitecture, nativeName) = ("SCMP_ARCH_AARCH64", "arm64")
    #endif
}
