using Gloss.Models.Bert;
using Gloss.Models.Tag2Text;
using Gloss.Text;
using Gloss.Torch;

namespace Gloss.Training.Tag2Text;

/// <summary>Puts the weights of pretrained towers into a new Tag2Text model.</summary>
internal static class Tag2TextStart
{
    private const string TowerLayer = "encoder.layer.";

    /// <summary>All weights, from a file with the model's own names.</summary>
    public static void Load(Tag2TextModel model, string path)
    {
        using var scope = TensorScope.Begin();
        using var file = SafetensorsFile.Open(path);
        model.Load(file.ReadAll());
    }

    /// <summary>The image encoder's weights, from a file with the encoder's own names; a classifier on top is left out.</summary>
    public static void LoadImageEncoder(Tag2TextModel model, string path)
    {
        using var scope = TensorScope.Begin();
        using var file = SafetensorsFile.Open(path);
        model.VisualEncoder.Load(file.ReadAll(), mayIgnore: name => name.StartsWith("_fc.", StringComparison.Ordinal));
    }

    /// <summary>
    /// Starts tag encoder and decoder from a BERT tower of the same width: rows of the word table by token, positions (with
    /// the row of token type 0 added, which the tower adds to every token), and layers spread evenly over the tower's.
    /// Cross-attention keeps its random start. The tags' queries become a random projection of the tower's mean vectors of
    /// their names.
    /// </summary>
    /// <param name="model">Takes the weights.</param>
    /// <param name="folder">The tower's folder, with model.safetensors.</param>
    /// <param name="vocabulary">The tower's vocab.txt.</param>
    /// <param name="tokens">The model's tokens.</param>
    /// <param name="tags">The model's tags.</param>
    public static void LoadTextTower(Tag2TextModel model, string folder, string? vocabulary,
        WordPieceTokenizer tokens, TagVocabulary tags)
    {
        var towerTokens = WordPieceTokenizer.Load(vocabulary
            ?? throw new ArgumentException("textTower needs textVocabulary, the vocabulary that belongs to it"));
        using var scope = TensorScope.Begin();
        using var noGradient = GradientMode.None();
        using var file = SafetensorsFile.Open(Path.Combine(folder, "model.safetensors"));
        var tower = file.ReadAll();
        var wordRows = RowsOf(towerTokens, tokens);
        foreach (var bert in new[] { model.TagEncoder, model.TextDecoder.Bert })
        {
            var words = tower["embeddings.word_embeddings.weight"].IndexSelect(0, wordRows);
            bert.Embeddings.Words.Weight.Value.CopyInPlace(words);
            var positions = tower["embeddings.position_embeddings.weight"].To(ScalarType.Float32)
                + tower["embeddings.token_type_embeddings.weight"].To(ScalarType.Float32).Select(0, 0);
            bert.Embeddings.Positions.Weight.Value.CopyInPlace(positions.Narrow(0, 0, bert.Config.MaxPositions));
            var weights = tower.Where(t => t.Key.StartsWith("embeddings.LayerNorm", StringComparison.Ordinal))
                .ToDictionary(t => t.Key, t => t.Value);
            var towerLayers = tower.Keys.Where(k => k.StartsWith(TowerLayer, StringComparison.Ordinal))
                .Max(k => int.Parse(k[TowerLayer.Length..].Split('.')[0])) + 1;
            for (var layer = 0; layer < bert.Layers.Count; layer++)
            {
                var prefix = $"{TowerLayer}{layer * towerLayers / bert.Layers.Count}.";
                foreach (var (name, tensor) in tower.Where(t => t.Key.StartsWith(prefix, StringComparison.Ordinal)))
                    weights[$"{TowerLayer}{layer}.{name[prefix.Length..]}"] = tensor;
            }
            bert.Load(weights, mayMiss: name => name.Contains("crossattention", StringComparison.Ordinal)
                || name.StartsWith("embeddings.word", StringComparison.Ordinal)
                || name.StartsWith("embeddings.position", StringComparison.Ordinal));
        }
        model.Labels.Value.CopyInPlace(LabelQueries(tower, towerTokens, tags, model.Labels.Value.Size(1)));
    }

    // (K, C) with unit variance: similar names get similar queries.
    private static Tensor LabelQueries(Dictionary<string, Tensor> tower, WordPieceTokenizer tokens, TagVocabulary tags, long width)
    {
        using var scope = TensorScope.Begin();
        var words = tower["embeddings.word_embeddings.weight"].To(ScalarType.Float32);
        var C = words.Size(1);
        using var bert = new BertModel(new BertConfig
        {
            HiddenSize = C, Heads = 12, IntermediateSize = tower[$"{TowerLayer}0.intermediate.dense.weight"].Size(0),
            Layers = tower.Keys.Count(k => k.EndsWith("intermediate.dense.weight", StringComparison.Ordinal)),
            VocabularySize = words.Size(0), TokenTypes = 2,
        });
        bert.Load(tower);
        bert.Train(false);
        var rows = new List<Tensor>();
        foreach (var chunk in tags.Select(t => tokens.EncodeWithSpecials(t.Name)).Chunk(256))
        {
            var (ids, mask) = Data.TokenTensors.Pad(chunk, tokens.PadId);
            var weight = mask.To(ScalarType.Float32).Unsqueeze(-1);
            rows.Add((bert.Encode(ids, mask) * weight).Sum([1]) / weight.Sum([1]));
        }
        var mean = TensorShape.Concatenate(0, [.. rows]); // (K, 384)
        var centred = mean - mean.Mean([0], keep: true);
        var projected = centred.MatMul(Tensors.RandomNormal([C, width])); // (K, C)
        return scope.Return(projected / projected.Pow(2.0).Mean().Sqrt());
    }

    private static Tensor RowsOf(WordPieceTokenizer tower, WordPieceTokenizer tokens)
    {
        var rows = Enumerable.Range(0, tokens.VocabularySize)
            .Select(id => (long)(tower.IdOf(tokens.TokenOf(id)) ?? tower.ClsId)).ToArray();
        return Tensor.FromData(rows);
    }
}
