using Gloss.Models.Parsing;
using Gloss.Text;
using Gloss.Text.Parsing;
using Gloss.Torch;

namespace Gloss.Training.Parsing;

/// <summary>Puts the weights of a pretrained BERT into a new parser.</summary>
internal static class ParserStart
{
    /// <summary>A BERT takes the tower's first layers and tables; a recurrent one its table of pieces, scaled to unit
    /// variance. Either table keeps the rows of the chosen pieces and does not learn.</summary>
    public static void Load(ParserNetwork model, ParserTaskOptions options, WordPieceTokenizer towerTokens,
        ParserLabels labels)
    {
        using var scope = TensorScope.Begin();
        using var noGradient = GradientMode.None();
        if (options.Start is { } start)
        {
            using var started = SafetensorsFile.Open(start);
            model.Load(started.ReadAll());
            if (model.Encoder is BertWordEncoder known)
                known.Bert.Embeddings.Words.Weight.Freeze();
            return;
        }
        using var file = SafetensorsFile.Open(Path.Combine(options.TextTower, "model.safetensors"));
        var tower = file.ReadAll();
        var rows = Tensor.FromData(labels.Pieces.Select(piece => (long)(towerTokens.IdOf(piece) ?? towerTokens.UnkId))
            .ToArray());
        var words = tower["embeddings.word_embeddings.weight"].To(ScalarType.Float32).IndexSelect(0, rows); // (V, C)
        switch (model.Encoder)
        {
            case RecurrentEncoder recurrent:
                var centred = words - words.Mean([0], keep: true);
                var scaled = centred / centred.Pow(2.0).Mean().Sqrt();
                recurrent.Pieces.Value.CopyInPlace(scaled);
                recurrent.Pieces.Value.Select(0, 0).ZeroInPlace();
                break;
            case BertWordEncoder encoder:
                var weights = tower.Where(t => t.Key != "embeddings.word_embeddings.weight"
                    && t.Key != "embeddings.position_embeddings.weight"
                    && IsKept(t.Key, encoder.Bert.Layers.Count))
                        .ToDictionary(t => t.Key, t => t.Value.To(ScalarType.Float32));
                weights["embeddings.word_embeddings.weight"] = words;
                weights["embeddings.position_embeddings.weight"] = tower["embeddings.position_embeddings.weight"]
                    .To(ScalarType.Float32)
                    .Narrow(0, 0, encoder.Bert.Config.MaxPositions);
                encoder.Bert.Load(weights);
                encoder.Bert.Embeddings.Words.Weight.Freeze();
                break;
        }
    }

    private static bool IsKept(string name, int layers)
    {
        const string prefix = "encoder.layer.";
        return !name.StartsWith(prefix, StringComparison.Ordinal)
            || int.Parse(name[prefix.Length..].Split('.')[0]) < layers;
    }
}
