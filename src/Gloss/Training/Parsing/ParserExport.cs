using System.IO.Compression;
using System.Text.Json;
using Gloss.Data;
using Gloss.Models.Parsing;
using Gloss.Text.Parsing;
using Gloss.Torch;

namespace Gloss.Training.Parsing;

/// <summary>Uses what a training of a parser wrote: makes <c>parser.bin</c> of it, or labels text with it.</summary>
public static class ParserExport
{
    /// <summary>
    /// Writes the parser of a folder (<c>model.safetensors</c>, <c>parser.json</c>) for use without an engine.
    /// </summary>
    public static void Write(string folder, Stream stream, CompressionLevel level = CompressionLevel.Optimal)
    {
        var (model, labels) = Load(folder);
        using (model)
            RecurrentExport.Make(model, labels).Save(stream, level);
    }

    /// <summary>Parses texts by a network of any kind, as treebank sentences; those with a head less certain than
    /// <paramref name="minCertainty"/> (0 to 1) are left out.</summary>
    public static IEnumerable<IReadOnlyList<ConlluToken>> Label(string folder, IEnumerable<string> texts,
        double minCertainty,
        CancellationToken cancellationToken)
    {
        var (model, labels) = Load(folder);
        using var owned = model;
        foreach (var chunk in texts.SelectMany(text =>
        {
            var tokens = CaptionTokenizer.Tokenize(text);
            return CaptionTokenizer.SplitSentences(tokens)
                .Select(range => (IReadOnlyList<string>)tokens[range].ConvertAll(t => t.Text));
        }).Chunk(2000))
        {
            foreach (var (words, parse) in chunk.Zip(NetworkParser.Parse(model, labels, chunk, cancellationToken)))
            {
                if (parse.Certainty < minCertainty)
                    continue;
                yield return [.. words.Select((word, i) =>
                    new ConlluToken(word, Lemmatizer.Default.Lemmatize(word, parse.Tags[i]),
                    parse.Tags[i], parse.Heads[i] + 1, parse.Relations[i], true))];
            }
        }
    }

    private static (ParserNetwork Model, ParserLabels Labels) Load(string folder)
    {
        var path = Path.Combine(folder, "parser.json");
        if (!File.Exists(path))
            throw new DatasetException(
                $"{folder} holds no trained parser · {path} is not there · hint: the folder best of a run of gloss "
                + $"train configs/parser.json");
        var file = JsonSerializer.Deserialize<ParserFile>(File.ReadAllText(path))
            ?? throw new DatasetException($"{path} · expected an object, got null");
        var model = new ParserNetwork(file.Config);
        using var scope = TensorScope.Begin();
        using var weights = SafetensorsFile.Open(Path.Combine(folder, "model.safetensors"));
        model.Load(weights.ReadAll());
        model.Train(false);
        return (model, new ParserLabels(file.Pieces, [.. file.Tags.Select(PosTag.Parse)], file.Relations));
    }
}
