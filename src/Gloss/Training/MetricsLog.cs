using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gloss.Torch;

namespace Gloss.Training;

/// <summary>
/// <c>metrics.jsonl</c> of a run: one JSON object a line, of kind <c>train</c> (means over the steps since the line
/// before) or <c>validation</c>.
/// </summary>
internal sealed class MetricsLog : IDisposable
{
    private readonly FileStream stream;

    private MetricsLog(FileStream stream) => this.stream = stream;

    /// <summary>
    /// Opens the file to append. Lines past the checkpoint that the run goes on from are cut off, so that no step
    /// stands there twice, as is a line that a killed process left unfinished.
    /// </summary>
    public static MetricsLog Open(string path, long step, long validatedStep)
    {
        var kept = Read(path).Where(line => (long)line["step"]! <= (Kind(line) == "validation" ? validatedStep : step));
        AtomicFile.WriteText(path, string.Concat(kept.Select(line => line.ToJsonString() + "\n")));
        return new MetricsLog(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read));
    }

    /// <summary>Appends a line.</summary>
    public void Write(JsonObject line)
    {
        stream.Write(Encoding.UTF8.GetBytes(line.ToJsonString() + "\n"));
        stream.Flush();
    }

    /// <summary>The lines of a file that are whole; none when there is no file.</summary>
    public static IEnumerable<JsonObject> Read(string path)
    {
        if (!File.Exists(path))
            yield break;
        foreach (var text in File.ReadLines(path))
        {
            JsonObject? line;
            try
            {
                line = JsonNode.Parse(text) as JsonObject;
            }
            catch (JsonException)
            {
                // Only the last line can be unfinished; nothing after it is lost.
                yield break;
            }
            if (line?["step"] is not null)
                yield return line;
        }
    }

    /// <summary>What a line tells of.</summary>
    public static string Kind(JsonObject line) => (string?)line["kind"] ?? "train";

    public void Dispose() => stream.Dispose();
}
