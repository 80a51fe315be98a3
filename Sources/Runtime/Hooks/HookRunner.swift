internal import JSON
package import OCI

/// Runs a container's hooks (config.md, POSIX-platform Hooks): in their order, with the container's state on standard input.
enum HookRunner {
    /// - Parameter kind: `createRuntime` and so on, for messages.
    /// - Throws: when one of them fails; those after it are not run.
    static func run(_ hooks: [Hook], _ kind: String, _ state: ContainerState) throws(RuntimeError) {
        for (index, hook) in hooks.enumerated() { try run(hook, "\(kind)[\(index)]", state) }
    }

    private static func run(_ hook: Hook, _ name: String, _ state: ContainerState) throws(RuntimeError) {
        var program = HelperProgram(path: hook.path, arguments: hook.args ?? [hook.path])
        program.environment = hook.env ?? []
        program.input = state.json.bytes()
        program.timeout = hook.timeout
        let result: HelperProgram.Result
        do throws(RuntimeError) { result = try program.run() } catch {
            throw RuntimeError("the hook \(name) failed: \(error.message)")
        }
        guard result.code == 0 else { throw RuntimeError("the hook \(name) (\(hook.path)) failed: \(result.reason)") }
    }

    /// - Throws: for a path that is not absolute, and a time-out that is none.
    static func check(_ hooks: Hooks?) throws(RuntimeError) {
        for (kind, list) in hooks?.all ?? [] {
            for (index, hook) in list.enumerated() {
                guard hook.path.hasPrefix("/") else {
                    throw RuntimeError("config.json: hooks.\(kind)[\(index)].path \"\(hook.path)\" is not absolute")
                }
                if let timeout = hook.timeout, timeout <= 0 {
                    throw RuntimeError("config.json: hooks.\(kind)[\(index)].timeout is \(timeout); it has to be above zero")
                }
            }
        }
    }
}

/// What the init needs for the hooks that run in it.
package struct HookPlan: Sendable, Equatable {
    /// Before the pivot, with the host's paths.
    package var createContainer: [Hook]
    /// Before the command, with the container's.
    package var startContainer: [Hook]
    /// The state they are told; the process id comes from the launcher.
    package var state: ContainerState

    /// Nil where no hook runs before the command does.
    init?(_ hooks: Hooks?, _ state: ContainerState) {
        guard let hooks else { return nil }
        createContainer = hooks.createContainer ?? []
        startContainer = hooks.startContainer ?? []
        self.state = state
        let outside = (hooks.prestart ?? []) + (hooks.createRuntime ?? [])
        if outside.isEmpty, createContainer.isEmpty, startContainer.isEmpty { return nil }
    }
}
