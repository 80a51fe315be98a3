package import JSON

/// A pod: containers that share namespaces. It is its infra container, and this stands in that one's settings; so a pod is made,
/// found again after a crash and removed as a container is.
package struct PodDocument: JSONRecord, Equatable {
    package var name = ""
    package var labels: [String: String]?
    /// Kinds of namespaces that members share unless they ask otherwise: `network`, `ipc`, `uts`, `pid`.
    package var share: [String] = []
    package var unknown = JSONObject()

    package init() {}

    package init(name: String, labels: [String: String] = [:], share: [String]) {
        self.name = name
        self.labels = labels.isEmpty ? nil : labels
        self.share = share
    }

    package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("name")
        try fields("name", &name)
        try fields("labels", &labels)
        try fields("share", &share)
    }

    /// `--share`: `net,ipc,uts,pid`; `none` or nothing for none.
    package static func share(_ text: String) throws(EngineError) -> [String] {
        let names = ["net": "network", "network": "network", "ipc": "ipc", "uts": "uts", "pid": "pid"]
        var kinds: [String] = []
        for word in text.split(separator: ",").map(String.init) where word != "none" {
            guard let kind = names[word] else {
                throw EngineError.value("--share", text, "a pod's containers share net, ipc, uts or pid, or none")
            }
            if !kinds.contains(kind) { kinds.append(kind) }
        }
        return kinds
    }

    package static let usualShare = ["network", "ipc", "uts"]
}
