using System.Text.Json;
using Gloss.Torch;

namespace Gloss.Training;

/// <summary>
/// The folder <c>checkpoint</c> of a run. Each checkpoint is a folder <c>step-N</c> of its own; the file <c>latest</c>
/// names the one that holds and is replaced atomically after that folder is complete. The last two are kept.
/// </summary>
internal sealed class CheckpointFolder(string path)
{
    private const int Kept = 2;
    private static readonly JsonSerializerOptions json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Writes a checkpoint.</summary>
    /// <param name="state">The small figures.</param>
    /// <param name="parts">Tensors by name, by the file's name without ending: weights, average, optimizer.</param>
    public void Save(CheckpointState state, IReadOnlyDictionary<string, IReadOnlyDictionary<string, Tensor>> parts)
    {
        var name = $"step-{state.Step:D9}";
        var folder = Path.Combine(path, name);
        var unfinished = $"{folder}.tmp";
        Delete(unfinished);
        Directory.CreateDirectory(unfinished);
        foreach (var (part, tensors) in parts)
            SafetensorsWriter.Write(Path.Combine(unfinished, $"{part}.safetensors"), tensors);
        AtomicFile.WriteText(Path.Combine(unfinished, "state.json"), JsonSerializer.Serialize(state, json));
        // The same step can be saved again, with a validation done since; the pointer never names a folder in change.
        if (Directory.Exists(folder))
        {
            folder = Path.Combine(path, name = $"{name}-{state.ValidatedStep:D9}");
            Delete(folder);
        }
        Directory.Move(unfinished, folder);
        AtomicFile.WriteText(Path.Combine(path, "latest"), name);

        var others = Directory.EnumerateDirectories(path, "step-*").Where(f => Path.GetFileName(f) != name)
            .ToLookup(f => f.EndsWith(".tmp", StringComparison.Ordinal));
        foreach (var old in others[true].Concat(others[false].OrderDescending(StringComparer.Ordinal).Skip(Kept - 1)))
            Delete(old);
    }

    /// <summary>
    /// Reads the newest checkpoint's figures and gives the path of its folder; null when there is none.
    /// </summary>
    /// <exception cref="CheckpointException">The pointer names a checkpoint that is not there or cannot be
    /// read.</exception>
    public (CheckpointState State, string Folder)? Find()
    {
        var pointer = Path.Combine(path, "latest");
        if (!File.Exists(pointer))
            return null;
        var folder = Path.Combine(path, File.ReadAllText(pointer).Trim());
        var file = Path.Combine(folder, "state.json");
        try
        {
            var state = JsonSerializer.Deserialize<CheckpointState>(File.ReadAllText(file), json)!;
            if (state.Version != CheckpointState.CurrentVersion)
                throw new CheckpointException(
                    $"{file} · expected version {CheckpointState.CurrentVersion}, got {state.Version}");
            return (state, folder);
        }
        catch (Exception error) when (error is IOException or JsonException)
        {
            throw new CheckpointException(
                $"{file} cannot be read · {error.Message} · hint: write the name of another folder beside it into "
                + $"{pointer}", error);
        }
    }

    private static void Delete(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
}
