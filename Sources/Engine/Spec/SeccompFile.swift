internal import FoundationEssentials
internal import Linux
package import OCI

/// A profile given with `--security-opt seccomp=FILE`: the OCI form, or docker's, whose rules can depend on capabilities,
/// the architecture and the kernel.
package enum SeccompFile {
    private struct Content: Decodable {
        var defaultAction: String
        var defaultErrnoRet: UInt32?
        var architectures: [String]?
        var archMap: [ArchitectureMap]?
        var flags: [String]?
        var listenerPath: String?
        var listenerMetadata: String?
        var syscalls: [Rule]?
    }

    private struct ArchitectureMap: Decodable {
        var architecture: String
        var subArchitectures: [String]?
    }

    private struct Rule: Decodable {
        var name: String?
        var names: [String]?
        var action: String
        var errnoRet: UInt32?
        var args: [SeccompArgument]?
        var includes: Condition?
        var excludes: Condition?
    }

    private struct Condition: Decodable {
        var caps: [String]?
        var arches: [String]?
        var minKernel: String?
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
        do { content = try JSONDecoder().decode(Content.self, from: Data(bytes)) } catch {
            throw EngineError("the seccomp profile \(path) is not one: it has to be JSON with a defaultAction and syscalls")
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
