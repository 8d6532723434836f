using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gloss.Training;

/// <summary>
/// A training config: JSON with comments, with the keys <c>task</c> (which family), <c>trainer</c>
/// (<see cref="TrainerOptions"/>), and one named as the task, with the family's settings.
/// </summary>
public sealed class TrainingConfig
{
    private static readonly JsonDocumentOptions documentOptions = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        AllowDuplicateProperties = false,
    };

    private static readonly JsonSerializerOptions written = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly string path;
    private readonly JsonObject root;

    private TrainingConfig(string path, JsonObject root, string task)
    {
        this.path = path;
        this.root = root;
        Task = task;
    }

    /// <summary>The family's name, for example <c>tag2text</c>.</summary>
    public string Task { get; }

    /// <summary>How it is trained; valid once <see cref="Read"/> has returned.</summary>
    public TrainerOptions Trainer { get; private set; } = new();

    /// <summary>The config as JSON without comments, overrides included.</summary>
    public string Text => root.ToJsonString(written) + "\n";

    /// <summary>Reads a file and puts <paramref name="overrides"/> over it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="overrides">Each <c>key.key=value</c>; a value that is no JSON is a text.</param>
    /// <exception cref="ArgumentException">The file is no JSON object with a task, or an override has another
    /// form.</exception>
    public static TrainingConfig Load(string path, IEnumerable<string>? overrides = null)
    {
        JsonObject root;
        try
        {
            root = Parse(File.ReadAllText(path)) as JsonObject
                ?? throw new ArgumentException($"{path} is no training config · expected a JSON object");
        }
        catch (JsonException error)
        {
            throw new ArgumentException($"{path} is no training config · {error.Message}", error);
        }
        foreach (var text in overrides ?? [])
            Override(root, text);
        if (root["task"] is not JsonValue value || !value.TryGetValue<string>(out var task))
            throw new ArgumentException(
                $"{path} · task: {root["task"]?.ToJsonString() ?? "missing"} · expected a text, for example "
                + $"\"tag2text\"");
        return new TrainingConfig(path, root, task);
    }

    /// <summary>Reads the family's settings and the trainer's, and checks both.</summary>
    /// <param name="check">Gives what is wrong with the family's settings: key, value, allowed range; null: nothing is
    /// checked.</param>
    /// <exception cref="ArgumentException">Names every unknown key, wrong value and missing key.</exception>
    public T Read<T>(Func<T, IEnumerable<string>>? check = null) where T : class
    {
        var faults = new List<string>();
        string[] sections = ["task", "trainer", Task];
        faults.AddRange(root.Where(p => !sections.Contains(p.Key))
            .Select(p => SettingsReader.UnknownKey("", p.Key, sections)));
        var trainer = SettingsReader.Read<TrainerOptions>(Section("trainer", faults), "trainer.", faults);
        faults.AddRange(trainer?.Faults("trainer.") ?? []);
        var settings = SettingsReader.Read<T>(Section(Task, faults), $"{Task}.", faults);
        if (settings is not null && check is not null)
            faults.AddRange(check(settings).Select(fault => $"{Task}.{fault}"));
        if (faults.Count > 0)
            throw new ArgumentException(
                $"{path} has {faults.Count} {(faults.Count == 1 ? "fault" : "faults")}\n  "
                + $"{string.Join("\n  ", faults)}");
        Trainer = trainer!;
        return settings!;
    }

    /// <summary>
    /// Makes <paramref name="runFolder"/> this config's: writes <c>config.json</c>. Where the folder has a checkpoint,
    /// the config that made it must agree in all that has influence on the weights.
    /// </summary>
    /// <exception cref="TrainingException">The folder belongs to another config; the message names the keys that
    /// differ.</exception>
    public void Claim(string runFolder)
    {
        var copy = System.IO.Path.Combine(runFolder, "config.json");
        if (File.Exists(copy) && File.Exists(System.IO.Path.Combine(runFolder, "checkpoint", "latest")))
        {
            var (old, now) = (Leaves(Parse(File.ReadAllText(copy))), Leaves(root));
            var differences = old.Keys.Union(now.Keys)
                .Where(key => old.GetValueOrDefault(key) != now.GetValueOrDefault(key))
                .Where(key => !(key.StartsWith("trainer.", StringComparison.Ordinal)
                    && TrainerOptions.WithoutInfluence.Contains(key["trainer.".Length..])))
                .Order(StringComparer.Ordinal)
                .Select(key =>
                    $"{key}: {old.GetValueOrDefault(key) ?? "not given"} there, "
                    + $"{now.GetValueOrDefault(key) ?? "not given"} here")
                .ToList();
            if (differences.Count > 0)
            {
                throw new TrainingException(
                    $"{runFolder} belongs to another config\n  {string.Join("\n  ", differences)}\n" +
                    "  hint: another name with --run, or remove the folder");
            }
        }
        Directory.CreateDirectory(runFolder);
        Gloss.Torch.AtomicFile.WriteText(copy, Text);
    }

    private JsonObject? Section(string key, List<string> faults)
    {
        if (root[key] is null or JsonObject)
            return root[key] as JsonObject;
        faults.Add($"{key}: {root[key]!.ToJsonString()} · expected an object");
        return null;
    }

    private static JsonNode? Parse(string text) => JsonNode.Parse(text, null, documentOptions);

    private static void Override(JsonObject root, string text)
    {
        var at = text.IndexOf('=', StringComparison.Ordinal);
        if (at < 1)
            throw new ArgumentException($"cannot set '{text}' · expected key=value, for example trainer.epochs=3");
        var keys = text[..at].Split('.');
        var section = root;
        foreach (var key in keys[..^1])
        {
            if (section[key] is null)
                section[key] = new JsonObject();
            section = section[key] as JsonObject
                ?? throw new ArgumentException($"cannot set '{text}' · {key} is no object");
        }
        try
        {
            section[keys[^1]] = Parse(text[(at + 1)..]);
        }
        catch (JsonException)
        {
            section[keys[^1]] = text[(at + 1)..];
        }
    }

    private static Dictionary<string, string> Leaves(JsonNode? node)
    {
        var leaves = new Dictionary<string, string>(StringComparer.Ordinal);
        void Walk(JsonNode? item, string key)
        {
            if (item is JsonObject section)
            {
                foreach (var (name, value) in section)
                    Walk(value, key.Length == 0 ? name : $"{key}.{name}");
            }
            else
            {
                leaves[key] = item?.ToJsonString() ?? "null";
            }
        }
        Walk(node, "");
        return leaves;
    }
}
