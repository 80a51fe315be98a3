internal import Runtime

/// Units for systemd. systemd.service(5).
package enum SystemdUnit {
    /// One that starts and stops a container that is there.
    ///
    /// - Parameters:
    ///   - hako: the whole path of hako, and the global flags it was called with.
    ///   - isUser: for a user's own systemd.
    package static func container(
        _ record: ContainerRecord, _ settings: ContainerSettings, hako: [String], isUser: Bool
    ) -> String {
        let program = hako.map(quoted).joined(separator: " ")
        let grace = max(settings.stopTimeout ?? 10, 0)
        let needed = (settings.requires ?? []).map { "hako-\($0.prefix(12)).service" }
        let restart =
            switch settings.restart?.kind ?? .onFailure {
            case .no: "no"
            case .onFailure: "on-failure"
            case .always, .unlessStopped: "always"
            }
        return """
            # hako-\(record.name).service: written by hako generate systemd; hako's own --restart is better left at no beside it.
            [Unit]
            Description=Container \(record.name) of hako
            Wants=network-online.target
            After=network-online.target\(needed.isEmpty ? "" : " " + needed.joined(separator: " "))
            \(needed.isEmpty ? "" : "Requires=\(needed.joined(separator: " "))\n")
            [Service]
            Type=exec
            Restart=\(restart)
            TimeoutStopSec=\(grace + 10)
            ExecStart=\(program) start --attach \(record.name)
            ExecStop=\(program) stop --time \(grace) \(record.name)
            KillMode=mixed

            [Install]
            WantedBy=\(isUser ? "default.target" : "multi-user.target")

            """
    }

    /// The one that starts, with the machine, all containers whose `--restart` says so.
    package static func restart(hako: [String], isUser: Bool) -> String {
        """
        # hako-restart.service: starts the containers whose --restart says so, with the machine.
        [Unit]
        Description=Containers of hako that start with the machine
        Wants=network-online.target
        After=network-online.target

        [Service]
        Type=oneshot
        RemainAfterExit=yes
        ExecStart=\(hako.map(quoted).joined(separator: " ")) start --all-restart
        KillMode=process

        [Install]
        WantedBy=\(isUser ? "default.target" : "multi-user.target")

        """
    }

    /// A word for ExecStart. systemd.service(5), Command Lines: `%` and `$` stand for themselves twice.
    package static func quoted(_ word: String) -> String {
        let plain = word.utf8.allSatisfy {
            ($0 | 32 >= 97 && $0 | 32 <= 122) || (48...57).contains($0) || "/-_.,:=@+".utf8.contains($0)
        }
        if plain, !word.isEmpty { return word }
        var text = ""
        for letter in word {
            switch letter {
            case "\\", "\"": text += "\\\(letter)"
            case "%", "$": text += "\(letter)\(letter)"
            case "\n": text += "\\n"
            default: text.append(letter)
            }
        }
        return "\"\(text)\""
    }
}
