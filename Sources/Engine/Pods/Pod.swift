internal import Runtime

/// A pod that is there.
package struct Pod: Sendable {
    /// The container that holds the namespaces.
    package let infra: ContainerRecord
    package let document: PodDocument

    /// The infra container's.
    package var id: String { infra.id }
    package var name: String { document.name }
    package var shortID: String { infra.shortID }

    /// Nil for a container that is not the infra of a pod.
    init?(_ record: ContainerRecord) throws(EngineError) {
        guard let document = try Engine.settings(record).pod else { return nil }
        infra = record
        self.document = document
    }

    /// How its containers are, together, in podman's words.
    package enum Status: String, Sendable, CaseIterable {
        case created = "Created"
        case running = "Running"
        case paused = "Paused"
        /// Some run, and some do not.
        case degraded = "Degraded"
        case exited = "Exited"

        package init(_ all: [ContainerStatus]) {
            let live = all.filter(\.isLive).count
            let paused = all.filter { if case .paused = $0 { true } else { false } }.count
            if live == 0 {
                self = all.allSatisfy { $0 == .created } ? .created : .exited
            } else if paused == all.count {
                self = .paused
            } else {
                self = live == all.count ? .running : .degraded
            }
        }
    }
}

extension Engine {
    /// All pods, the newest first.
    package func pods() throws(EngineError) -> [Pod] {
        var pods: [Pod] = []
        for record in try store.mentioning("\"pod\":") { if let pod = try Pod(record) { pods.append(pod) } }
        return pods.reversed()
    }

    /// By its name, its id, or the beginning of the id of one only; by its infra container's name as well.
    package func pod(_ text: String) throws(EngineError) -> Pod {
        guard let pod = try podIfThere(text) else { throw EngineError("no such pod: \(text) (hako pod ps lists them)") }
        return pod
    }

    package func podIfThere(_ text: String) throws(EngineError) -> Pod? {
        let all = try pods()
        if let exact = all.first(where: { $0.name == text || $0.id == text || $0.infra.name == text }) { return exact }
        let found = text.isEmpty ? [] : all.filter { $0.id.hasPrefix(text) }
        guard found.count < 2 else { throw EngineError("more than one pod's id begins with \(text); give more of it") }
        return found.first
    }

    /// A pod's containers beside its infra, the oldest first.
    package func members(of pod: Pod) throws(EngineError) -> [ContainerRecord] {
        var members: [ContainerRecord] = []
        for record in try store.mentioning(pod.id) where try Engine.settings(record).podID == pod.id { members.append(record) }
        return members
    }

    /// How its containers are, the infra first.
    package func statuses(of pod: Pod) throws(EngineError) -> [ContainerStatus] {
        try ([pod.infra] + members(of: pod)).map { record throws(EngineError) in try status(record.id) }
    }

    /// Writes down what was done to a pod.
    func report(_ action: String, _ pod: Pod) {
        let attributes = (pod.document.labels ?? [:]).merging(["name": pod.name]) { $1 }
        report(Event("pod", action, id: pod.id, attributes))
    }
}
