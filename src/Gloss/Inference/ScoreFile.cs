using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Gloss.Torch;

namespace Gloss.Inference;

/// <summary>
/// Probabilities of tags that were computed once, in a safetensors file: <c>scores</c> (N, K) float32 and, where they
/// are known, <c>targets</c> (N, K) uint8. The metadata say what was asked: another model, other pictures or other tags
/// are not mistaken for it.
/// </summary>
/// <param name="Scores">(N, K), row-major.</param>
/// <param name="Targets">(N, K), row-major; null where the file has none.</param>
public sealed record ScoreFile(float[] Scores, byte[]? Targets)
{
    private const int EndBytes = 1 << 20;
    private const string ScoresName = "scores";
    private const string TargetsName = "targets";

    /// <summary>Reads a file that answers the question; null where it is not there.</summary>
    /// <param name="path">The file.</param>
    /// <param name="question">What <see cref="Question"/> gives.</param>
    /// <exception cref="CheckpointException">The file is broken, or has the scores of another model, other pictures or
    /// tags.</exception>
    public static ScoreFile? TryRead(string path, string question)
    {
        if (!File.Exists(path))
            return null;
        using var file = SafetensorsFile.Open(path);
        if (file.Metadata.GetValueOrDefault("question") != question)
        {
            throw new CheckpointException($"{path} has scores of another model, other pictures or other tags · " +
                "hint: another file, or remove it to have them computed anew");
        }
        return new ScoreFile(file.ReadFloats(ScoresName), file.Entries.ContainsKey(TargetsName)
            ? file.ReadBytes(TargetsName) : null);
    }

    /// <summary>Writes a file atomically.</summary>
    /// <param name="path">The file.</param>
    /// <param name="question">What <see cref="Question"/> gives.</param>
    /// <param name="tags">K.</param>
    public void Write(string path, string question, int tags)
    {
        using var scope = TensorScope.Begin();
        var tensors = new Dictionary<string, Tensor> {
            [ScoresName] = Tensor.FromData(Scores, Scores.Length / tags, tags) };
        if (Targets is not null)
            tensors[TargetsName] = Tensor.FromData(Targets, Targets.Length / tags, tags);
        SafetensorsWriter.Write(path, tensors, new Dictionary<string, string> { ["question"] = question });
    }

    /// <summary>
    /// What the scores answer: a hash of the model (its small files, and length, beginning and end of its weights), of
    /// how it is asked, of the pictures and of the tags.
    /// </summary>
    /// <param name="modelFolder">The model.</param>
    /// <param name="parts">Pictures, tags and settings, in order.</param>
    public static string Question(string modelFolder, IEnumerable<string> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in Directory.EnumerateFiles(modelFolder)
            .Where(p => Path.GetExtension(p) is ".json" or ".safetensors").Order(StringComparer.Ordinal))
        {
            using var stream = File.OpenRead(path);
            hash.AppendData(MemoryMarshal.AsBytes<long>([stream.Length]));
            var buffer = new byte[(int)Math.Min(EndBytes, stream.Length)];
            stream.ReadExactly(buffer);
            hash.AppendData(buffer);
            stream.Seek(-buffer.Length, SeekOrigin.End);
            stream.ReadExactly(buffer);
            hash.AppendData(buffer);
        }
        foreach (var part in parts)
            hash.AppendData(Encoding.UTF8.GetBytes(part + "\n"));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
