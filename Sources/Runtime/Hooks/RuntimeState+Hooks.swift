internal import OCI

extension RuntimeState {
    /// The state as hooks are told it.
    func told(_ status: ContainerState.Status) -> ContainerState {
        ContainerState(id: id, status: status, pid: status == .stopped ? 0 : pid, bundle: bundle, annotations: annotations)
    }

    /// The hooks after the end. One that fails is a warning, and those after it run (runtime.md, Lifecycle, 13).
    func runStopHooks() -> [String] {
        var complaints: [String] = []
        for hook in hooks?.poststop ?? [] {
            do throws(RuntimeError) { try HookRunner.run([hook], "poststop", told(.stopped)) } catch {
                complaints.append(error.message)
            }
        }
        return complaints
    }
}

extension Hooks {
    /// Those that run when the container has started, and when it has ended.
    var later: Hooks {
        var later = Hooks()
        (later.poststart, later.poststop) = (poststart, poststop)
        return later
    }
}
