using Gloss.Data;
using Gloss.Losses;
using Gloss.Models.Tag2Text;
using Gloss.Text;
using Gloss.Torch;

namespace Gloss.Tests.Models;

/// <summary>Two steps of training of a small model of the RAM family against the official ones.</summary>
internal static class RamFamilyTraining
{
    /// <summary>The loss to minimise, the terms and logits by the names that the reference file gives them.</summary>
    public delegate (Tensor Loss, (string Name, Tensor Value)[] Terms) Losses(Dictionary<string, Tensor> data);

    /// <summary>
    /// Losses before, after one and after two steps; gradients before the first; values after each step.
    /// </summary>
    public static void Check(Module model, string file, Losses losses)
    {
        var expected = RamFamilyReference.Tensors(file);
        try
        {
            model.Train();
            using var optimizer =
                new AdamW(
                [new ParameterGroup { Parameters = [.. model.NamedParameters().Where(p => p.Parameter.IsTrainable)] }],
                new AdamWOptions());
            var exact = expected["losses_f64"].ToArray<double>();
            for (var step = 0; step < 3; step++)
            {
                using var scope = TensorScope.Begin();
                var (loss, terms) = losses(expected);
                Assert.Equal(exact[step], loss.ToDouble(), 1e-4 * Math.Abs(exact[step]));
                if (step == 0)
                {
                    foreach (var (name, value) in terms)
                        TensorAssert.CloseRelative(expected[name], value.Reshape(expected[name].Shape), 1e-4, name);
                }
                if (step == 2)
                    break;
                loss.Backward();
                var gradients = model.AllNames().DistinctBy(p => p.Name)
                    .ToDictionary(p => p.Name, p => p.Parameter.Value.Gradient(), StringComparer.Ordinal);
                if (step == 0)
                    CheckGradients(gradients, expected);
                optimizer.Step(1e-4);
                CheckValues(model, gradients, expected, step + 1);
                optimizer.ZeroGradients();
            }
        }
        finally
        {
            foreach (var tensor in expected.Values)
                tensor.Dispose();
        }
    }

    /// <summary>The loss of the captioning branch for the reference batch, with label smoothing 0.1.</summary>
    public static Tensor LanguageLoss(Gloss.Models.Bert.BertLanguageModel decoder,
        Func<Tensor, Tensor, Tensor> encodeTags, Dictionary<string, Tensor> data)
    {
        using var scope = TensorScope.Begin();
        var (ids, mask) = TokenTensors.Pad(TagInputs(data["parse_tag"]), 0, 40);
        return scope.Return(decoder.Loss(data["decoder_input_ids"].To(ScalarType.Int64),
            data["decoder_attention_mask"].To(ScalarType.Int64),
            data["decoder_labels"].To(ScalarType.Int64), encodeTags(ids, mask), 0.1));
    }

    /// <summary>The tagging loss for logits (2, K) and the target of that name.</summary>
    public static Tensor TagLoss(Tensor logits, Tensor target)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(new AsymmetricLoss().Compute(logits, target.To(ScalarType.Float32)));
    }

    // The tags in the order of the list, as the official code gives them to the tag encoder.
    private static int[][] TagInputs(Tensor parsed)
    {
        var names = File.ReadAllLines(RamFamilyReference.Path("tags/tag_list.txt"));
        var texts = Texts();
        var flags = parsed.ToArray<int>();
        return Enumerable.Range(0, flags.Length / names.Length)
            .Select(row => texts.EncodeTags(names.Where((_, i) => flags[row * names.Length + i] != 0))).ToArray();
    }

    /// <summary>The published vocabulary with the two tokens of Tag2Text.</summary>
    public static Tag2TextTokens Texts() => new(
        WordPieceTokenizer.Load(ReferenceData.Require("data/text/bert/vocab.txt"),
            [Tag2TextTokens.Decode, Tag2TextTokens.Encode]),
        new Tag2TextConfig { ImageEncoder = new(), Tags = RamFamilyReference.Tags });

    private static void CheckGradients(Dictionary<string, Tensor?> gradients, Dictionary<string, Tensor> expected)
    {
        var compared = 0;
        foreach (var (key, value) in expected)
        {
            var (kind, name) = (key.Split('.')[0], key[(key.IndexOf('.', StringComparison.Ordinal) + 1)..]);
            if (kind is not ("grad" or "grad64" or "gradnorm"))
                continue;
            var gradient = gradients[name] ?? throw new InvalidOperationException($"{name} has no gradient");
            var actual = kind switch
            {
                "grad" => gradient,
                "grad64" => gradient.Reshape(-1).Narrow(0, 0, 64),
                _ => gradient.Norm().Reshape(1),
            };
            TensorAssert.CloseRelative(value, actual.Reshape(value.Shape), 3e-3, key);
            compared++;
        }
        Assert.True(compared >= 20, $"only {compared} gradients were compared");
    }

    // AdamW moves a value by up to the learning rate whichever sign a tiny gradient has: only clear gradients are
    // compared.
    private static void CheckValues(Module model, Dictionary<string, Tensor?> gradients,
        Dictionary<string, Tensor> expected, int step)
    {
        var parameters = model.AllNames().DistinctBy(p => p.Name)
            .ToDictionary(p => p.Name, p => p.Parameter.Value, StringComparer.Ordinal);
        foreach (var (key, value) in expected.Where(e =>
            e.Key.StartsWith($"after_step{step}.", StringComparison.Ordinal)))
        {
            var name = key[(key.IndexOf('.', StringComparison.Ordinal) + 1)..];
            var count = value.ElementCount;
            var clear = gradients[name]!.Reshape(-1).Narrow(0, 0, count).Abs().GreaterThan(1e-5).To(ScalarType.Float32);
            var actual = parameters[name].Detach().Reshape(-1).Narrow(0, 0, count);
            TensorAssert.Close(value.Reshape(-1) * clear, actual * clear, 2e-6, key);
        }
    }
}
